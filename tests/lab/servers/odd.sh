# needs /usr/bin/python3
# listens tcp 8201, tcp 8202, tcp 8203, udp 1123
odd() { exec python3 "$DIR/odd.py" :: "$1" "$DIR/good.pem" "$DIR/good.key" "$2" $3; }
odd 8201 get-only &
odd 8202 drips &
odd 1123 ntp-distance &
odd 8203 hello 1400
