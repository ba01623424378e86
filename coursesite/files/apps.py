from django.apps import AppConfig
from django.http import multipartparser

# A name of 5,000 characters, each of up to four bytes, and what stands around it (battery U22); Django reads a
# kilobyte, which the encoded name of a long title in Chinese fills.
LONGEST_HEAD = 32 * 1024


class FilesConfig(AppConfig):
    name = "coursesite.files"
    verbose_name = "Files"

    def ready(self) -> None:
        multipartparser.MAX_TOTAL_HEADER_SIZE = LONGEST_HEAD  # type: ignore[attr-defined]
