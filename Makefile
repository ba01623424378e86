PYTHON ?= python3
PORT ?= 8000
VENV = .venv
BIN = $(VENV)/bin

.PHONY: run install test check bench lock chromium office heif

run: install
	@$(BIN)/python manage.py up --port $(PORT)

install: $(VENV)/installed

# As root on Debian the venv module is installed when it is missing; elsewhere one sentence says what to do.
$(VENV)/installed: requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; set PYTHON=")'
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { [ "$$(id -u)" = 0 ] && apt-get install -y -qq python3-venv; } \
		|| { echo "Python's venv module is missing; on Debian: apt-get install python3-venv"; exit 1; }
	@$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --require-hashes -r requirements.txt
	@touch $@

$(VENV)/developer: $(VENV)/installed requirements-dev.txt
	$(BIN)/pip install --quiet --require-hashes -r requirements-dev.txt
	@touch $@

# For the browser tests. Without it they are skipped, and pytest says so.
chromium:
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null \
		|| { [ "$$(id -u)" = 0 ] && apt-get update -qq && apt-get install -y -qq chromium >/dev/null; } \
		|| echo "Chromium is missing, so browser tests are skipped; install it (Debian: apt-get install chromium)."

# For previews of Word files. Without it they are handed in all the same, and their tests are skipped.
office:
	@command -v soffice >/dev/null \
		|| { [ "$$(id -u)" = 0 ] && apt-get update -qq \
			&& apt-get install -y -qq --no-install-recommends libreoffice-writer-nogui >/dev/null 2>&1; } \
		|| echo "LibreOffice is missing, so Word files have no preview (Debian: apt-get install libreoffice-writer-nogui)."

# Makes the HEIC photos of the tests; without it those tests are skipped.
heif:
	@command -v heif-enc >/dev/null \
		|| { [ "$$(id -u)" = 0 ] && apt-get update -qq && apt-get install -y -qq libheif-examples >/dev/null 2>&1; } \
		|| echo "heif-enc is missing, so tests with HEIC photos are skipped (Debian: apt-get install libheif-examples)."

# Browser tests come by themselves: they start the whole application, and a machine that is busy makes them wait.
test: $(VENV)/developer chromium office heif
	$(BIN)/python -m pytest -n auto --dist loadfile coursesite homework projects grading
	$(BIN)/python -m pytest e2e

check: $(VENV)/developer
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy coursesite homework projects grading
	$(BIN)/lint-imports
	$(BIN)/djlint --quiet --lint templates coursesite
	$(BIN)/python manage.py makemigrations --check --dry-run
	SECRET_KEY=a-key-for-this-check-alone-that-is-long-enough-and-random-7f3k9q2x DATABASE_URL=postgres:///x \
		SITE_URL=https://course.example ALLOWED_HOSTS=course.example \
		$(BIN)/python manage.py check --deploy --fail-level WARNING
	$(BIN)/check-jsonschema --builtin-schema vendor.compose-spec docker-compose.yml

# Figures as ratios to limits of the same run; also written to bench/results.json. Sizes: make bench SIZES="1000 10000".
bench: $(VENV)/developer
	$(BIN)/python -m bench $(SIZES)

lock:
	$(BIN)/pip install --quiet uv
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header requirements.in -o requirements.txt
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header -c requirements.txt requirements-dev.in -o requirements-dev.txt
