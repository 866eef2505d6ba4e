# needs /usr/bin/memcached
# listens tcp 11211, udp 11211
exec memcached -u nobody -l 0.0.0.0,:: -p 11211 -U 11211
