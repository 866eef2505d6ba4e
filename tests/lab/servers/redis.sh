# needs /usr/bin/redis-server
# listens tcp 6379, tcp 6380, tcp 6381
# 6379 serves anybody, 6380 wants a password, 6381 is in protected mode.
redis-server --port 6381 --save '' --protected-mode yes --bind '*' '-::*' --dir "$DIR" &
redis-server --port 6380 --save '' --requirepass secret --bind '*' '-::*' --dir "$DIR" &
exec redis-server --port 6379 --save '' --protected-mode no --bind '*' '-::*' --dir "$DIR"
