# needs /usr/bin/git
# listens tcp 9418
exec git daemon --export-all --base-path="$DIR" "$DIR"
