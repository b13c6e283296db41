#!/bin/sh
# Put the timetable page onto the kiosk.
set -eu
TARGET=kiosk.local
PORT=2022
rsync -a -e "ssh -p $PORT" build/ "$TARGET:/srv/timetable"
