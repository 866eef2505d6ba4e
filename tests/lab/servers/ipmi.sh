# needs /usr/bin/ipmi_sim
# listens udp 623
mkdir -p "$DIR/ipmi"
cat > "$DIR/lan.conf" <<END
name "lab"
set_working_mc 0x20
startlan 1
  addr 0.0.0.0 623
  priv_limit admin
  allowed_auths_callback none md2 md5 straight
  allowed_auths_user none md2 md5 straight
  allowed_auths_operator none md2 md5 straight
  allowed_auths_admin none md2 md5 straight
  guid a123456789abcdefa123456789abcdef
endlan
user 1 true "" "test" user 10 none md2 md5 straight
END
printf 'mc_setbmc 0x20\nmc_add 0x20 0 no-device-sdrs 0x23 9 8 0x9f 0x1291 0xf02 persist_sdr\nmc_enable 0x20\n' > "$DIR/ipmi.emu"
exec ipmi_sim -n -c "$DIR/lan.conf" -f "$DIR/ipmi.emu" -s "$DIR/ipmi"
