#!/usr/bin/env bash
# watchfiles says nothing when the system's limit of watched folders is reached, if it is to ignore permission errors.
#
# Linux watches a limited number of folders for each user. watchfiles raises OSError ("OS file watch limit reached.")
# when it gets there. With ignore_permission_denied=True, it swallows that, too: what is beyond the limit is not watched,
# and no change in it is ever reported. The option's documentation speaks of permissions only.
#
# Expected: OSError in both cases. Seen with watchfiles 1.3.0 on Linux: OSError without the option; with it nothing is
# raised, and a file that is written in the last of twenty folders is not reported.
#
# Installs watchfiles into a folder that is thrown away, and lowers the limit in a user namespace of its own, for which
# `unshare` has to be allowed. Exits with 0 while it does so, with 1 when it does not any more.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m pip install --quiet --disable-pip-version-check --target "$folder/packages" watchfiles==1.3.0
cat > "$folder/try.py" <<'PYTHON'
import sys
from pathlib import Path

from watchfiles import watch

root = Path(sys.argv[1])
folders = [root / f"{number:02}" for number in range(20)]
for path in folders:
    path.mkdir(parents=True)


def seen(ignored):
    news = watch(*folders, recursive=False, rust_timeout=500, yield_on_timeout=True, ignore_permission_denied=ignored)
    try:
        next(news)
    except OSError as error:
        return str(error)
    (folders[-1] / f"{ignored}.txt").write_text("new")
    return f"no error, and {len(next(news))} changes"


found = {ignored: seen(ignored) for ignored in (False, True)}
for ignored, what in found.items():
    print(f"ignore_permission_denied={ignored}: {what}")
sys.exit(0 if "limit" in found[False] and found[True] == "no error, and 0 changes" else 1)
PYTHON
PYTHONPATH="$folder/packages" unshare --user --map-root-user sh -c \
    'echo 8 > /proc/sys/user/max_inotify_watches && exec python3 "$1" "$2"' sh "$folder/try.py" "$folder/root"
