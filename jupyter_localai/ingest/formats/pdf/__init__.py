"""PDF: text page by page, and what stands beside it: forms, comments, attachments, an outline, tables."""

from .reader import read

__all__ = ["read"]
