"""Which files of a tree are read, and which are refused before anybody looks into them."""

from __future__ import annotations

from placet.vocabulary.files import File

# As the forge has it: larger files are not fetched.
MAX_FILE_BYTES = 5_000_000


def file_from(path: str, sha: str, size: int, *, is_link: bool, is_wanted: bool) -> File | None:
    """The file, where its content is not needed or must not be read; None where it is to be read."""
    if not is_wanted:
        return File(path, sha)
    if is_link:
        return File(path, sha, problem="is a symbolic link, which is not followed")
    if size > MAX_FILE_BYTES:
        limit = f"at most {MAX_FILE_BYTES / 1e6:.0f} MB are read"
        return File(path, sha, problem=f"is too large ({size / 1e6:.0f} MB; {limit})")
    return None
