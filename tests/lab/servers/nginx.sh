# needs /usr/sbin/nginx
# listens tcp 80, tcp 443
# The scenarios' own sites are in sites.conf; whatever else is asked for gets a good certificate.
mkdir "$DIR/nginx"
cat > "$DIR/nginx.conf" <<END
daemon off;
pid $DIR/nginx.pid;
error_log stderr;
worker_processes 1;
events { }
http {
  access_log off;
  server_tokens off;
  client_body_temp_path $DIR/nginx;
  proxy_temp_path $DIR/nginx;
  fastcgi_temp_path $DIR/nginx;
  uwsgi_temp_path $DIR/nginx;
  scgi_temp_path $DIR/nginx;
  ssl_protocols TLSv1.2 TLSv1.3;
  ssl_certificate $DIR/good.pem;
  ssl_certificate_key $DIR/good.key;
  server {
    listen 80;
    listen [::]:80;
    listen 443 ssl;
    listen [::]:443 ssl;
    location / { return 200 "well\n"; }
  }
  include $DIR/sites.conf;
}
END
exec nginx -c "$DIR/nginx.conf"
