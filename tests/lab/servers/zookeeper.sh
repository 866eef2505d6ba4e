# needs /usr/share/zookeeper/bin/zkServer.sh
# listens tcp 2181
mkdir "$DIR/zookeeper"
printf 'dataDir=%s\nclientPort=2181\nadmin.enableServer=false\n' "$DIR/zookeeper" > "$DIR/zoo.cfg"
exec java -Xmx64m -cp /etc/zookeeper/conf:/usr/share/java/zookeeper.jar \
  org.apache.zookeeper.server.quorum.QuorumPeerMain "$DIR/zoo.cfg"
