# needs /usr/bin/ganesha.nfsd
# listens tcp 2049, udp 2049
# NFS 3 registers with rpcbind before it serves.
rpcbind -f -w &
while ! rpcinfo -T tcp 127.0.0.1 100000 >/dev/null 2>&1; do sleep 0.1; done
cat > "$DIR/ganesha.conf" <<END
NFS_CORE_PARAM { Protocols = 3, 4; Enable_NLM = false; Enable_RQUOTA = false; fsid_device = true; }
NFSv4 { Graceless = true; RecoveryRoot = $DIR; }
EXPORT { Export_Id = 1; Path = /none; Pseudo = /none; Access_Type = RO; Protocols = 3, 4; FSAL { Name = MEM; } }
END
exec ganesha.nfsd -F -L /dev/stderr -p "$DIR/ganesha.pid" -f "$DIR/ganesha.conf"
