"""Why a bundle is not read, in words and by a code each."""

from __future__ import annotations

from ..errors import BundleError

_ANOTHER = "Ask whoever made it for another one: jupyter localai export."


def missing(what: str) -> BundleError:
    """There is no such file, or it cannot be read."""
    return BundleError(f"The bundle is not read: {what}.", "Check the path.", code="bundle_missing")


def unknown(what: str) -> BundleError:
    """It is a file of another kind."""
    return BundleError(
        f"The bundle is not read: {what}.", "Name a file that jupyter localai export wrote.", code="bundle_unknown"
    )


def damaged(what: str) -> BundleError:
    """Bytes are missing, or are others than when it was written."""
    return BundleError(
        f"The bundle is not read: {what}.", "Copy it again from where it was made.", code="bundle_damaged"
    )


def too_new(what: str) -> BundleError:
    """It is of a newer format."""
    return BundleError(
        f"The bundle is not read: {what}.", "Upgrade: pip install --upgrade jupyter-localai.", code="bundle_too_new"
    )


def unsafe(what: str) -> BundleError:
    """The zip around it is not as bundles are."""
    return BundleError(f"The bundle is not read: {what}.", _ANOTHER, code="bundle_unsafe")


def sizes(what: str) -> BundleError:
    """Something is larger or smaller than told, or too large."""
    return BundleError(f"The bundle is not read: {what}.", _ANOTHER, code="bundle_sizes")


def content(what: str) -> BundleError:
    """Something is not as the format says."""
    return BundleError(f"The bundle is not read: {what}.", _ANOTHER, code="bundle_content")


def paths(what: str) -> BundleError:
    """A path is none below a folder, or there twice."""
    return BundleError(f"The bundle is not read: {what}.", _ANOTHER, code="bundle_paths")


def vectors(what: str) -> BundleError:
    """The vectors are not those told, not finite, or not of unit length."""
    return BundleError(f"The bundle is not read: {what}.", _ANOTHER, code="bundle_vectors")
