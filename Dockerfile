FROM python:3.12-slim
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
# Shows Word files to graders.
RUN apt-get update && apt-get install -y --no-install-recommends libreoffice-writer-nogui && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY requirements.txt .
RUN pip install --no-cache-dir --require-hashes -r requirements.txt
COPY . .
RUN SECRET_KEY=only-for-collecting DATABASE_URL=postgres:///none STATIC_ROOT=/app/static-root python manage.py collectstatic --noinput \
    && useradd --system --create-home course && mkdir -p /data && chown course /data
USER course
ENV COURSESITE_DATA=/data STATIC_ROOT=/app/static-root
EXPOSE 8000
# Behind the buffering proxy of docker-compose.yml, processes serve fastest.
CMD ["gunicorn", "coursesite.wsgi:application", "--bind", "0.0.0.0:8000", "--workers", "4", "--timeout", "120"]
