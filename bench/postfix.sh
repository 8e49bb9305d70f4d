#!/bin/bash
# Postfix with OpenDKIM (RSA-2048), both Debian's, in a private configuration with its own queue, port and log: the baseline.
#   postfix.sh install                      apt-get install postfix opendkim
#   postfix.sh start FOLDER                 prints the pids of the two, separated by a comma
#   postfix.sh stop FOLDER                  stops what was started there and deletes the folder
# environment: SMTP_PORT (2526), SINK_PORT (2600): dNN.bench.test is delivered to 127.0.0.1:SINK_PORT+NN
# FOLDER is absolute; the daemons' own users must be able to reach it. Needs root.
set -euo pipefail
action=${1:-} folder=${2:-}
smtp_port=${SMTP_PORT:-2526} sink_port=${SINK_PORT:-2600}

install_packages() {
  echo 'postfix postfix/main_mailer_type select No configuration' | debconf-set-selections
  DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends postfix opendkim
}

# The tuning that suits two cores best: few processes, few connections a destination, no brake on arrivals.
write_main_cf() {
  cat > "$folder/etc/main.cf" <<CONFIG
compatibility_level = 3.6
config_directory = $folder/etc
queue_directory = $folder/queue
data_directory = $folder/data
maillog_file = $folder/log/mail.log
maillog_file_prefixes = $folder/log
mail_owner = postfix
setgid_group = postdrop
myhostname = mx.bench.test
mydestination =
alias_maps =
local_recipient_maps =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
smtpd_relay_restrictions = permit_mynetworks, reject
smtpd_peername_lookup = no
disable_dns_lookups = yes
biff = no
transport_maps = regexp:$folder/etc/transport
smtpd_milters = unix:$folder/milter/socket
milter_default_action = tempfail
in_flow_delay = 0
default_process_limit = 20
initial_destination_concurrency = 2
default_destination_concurrency_limit = 2
CONFIG
  local number
  for number in $(seq 0 19); do
    printf '/@d%02d\\.bench\\.test$/ smtp:[127.0.0.1]:%d\n' "$number" $((sink_port + number))
  done > "$folder/etc/transport"
}

# Only the services that a relay needs; no chroot, as Debian's defaults cannot be had in a folder of one's own.
write_master_cf() {
  cat > "$folder/etc/master.cf" <<CONFIG
127.0.0.1:$smtp_port inet n - n - - smtpd
cleanup  unix n - n - 0 cleanup
qmgr     unix n - n 300 1 qmgr
rewrite  unix - - n - - trivial-rewrite
bounce   unix - - n - 0 bounce
defer    unix - - n - 0 bounce
trace    unix - - n - 0 bounce
flush    unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp     unix - - n - - smtp
relay    unix - - n - - smtp
error    unix - - n - - error
retry    unix - - n - - error
discard  unix - - n - - discard
showq    unix n - n - - showq
anvil    unix - - n - 1 anvil
scache   unix - - n - 1 scache
postlog  unix-dgram n - n - 1 postlogd
CONFIG
}

write_opendkim_conf() {
  (umask 077 && openssl genrsa -out "$folder/dkim/key.pem" 2048 2>/dev/null)
  cat > "$folder/dkim/opendkim.conf" <<CONFIG
Socket local:$folder/milter/socket
Mode s
Domain send.bench.test
Selector s1
KeyFile $folder/dkim/key.pem
Canonicalization relaxed/relaxed
SignatureAlgorithm rsa-sha256
OversignHeaders From
Syslog no
UserID opendkim
PidFile $folder/dkim/pid
Background yes
UMask 000
RequireSafeKeys no
CONFIG
  chown -R opendkim "$folder/dkim" "$folder/milter"
}

wait_until() { # COMMAND...: at most 10 s
  local attempt
  for attempt in $(seq 100); do
    "$@" 2>/dev/null && return
    sleep 0.1
  done
  echo "postfix.sh: gave up waiting: $*; see $folder/log/mail.log" >&2
  return 1
}
has_ended() { ! kill -0 "$1"; }
port_answers() { (exec 3<>"/dev/tcp/127.0.0.1/$smtp_port"); }

start() {
  command -v postfix >/dev/null && command -v opendkim >/dev/null || {
    echo 'Postfix and OpenDKIM are missing. Run: bench/postfix.sh install' >&2
    exit 1
  }
  stop
  mkdir -p "$folder"/{etc,queue,data,log,dkim,milter}
  chmod 755 "$folder" "$folder/queue"
  chown postfix "$folder/data"
  write_main_cf
  write_master_cf
  write_opendkim_conf
  opendkim -x "$folder/dkim/opendkim.conf" >&2
  wait_until test -s "$folder/dkim/pid"
  wait_until test -S "$folder/milter/socket"
  postfix -c "$folder/etc" start >"$folder/log/start.log" 2>&1 || { cat "$folder/log/start.log" >&2; exit 1; }
  wait_until port_answers
  echo "$(tr -d ' ' < "$folder/queue/pid/master.pid"),$(cat "$folder/dkim/pid")"
}

stop() {
  [ -f "$folder/etc/main.cf" ] && postfix -c "$folder/etc" stop >/dev/null 2>&1 || true
  if [ -s "$folder/dkim/pid" ]; then
    local pid
    pid=$(cat "$folder/dkim/pid")
    # The number may belong to another program by now.
    if [ "$(cat "/proc/$pid/comm" 2>/dev/null)" = opendkim ]; then
      kill "$pid"
      wait_until has_ended "$pid"
    fi
  fi
  rm -rf "$folder"
}

case $action in
install) install_packages ;;
start | stop)
  case $folder in /*/*) ;; *) echo 'postfix.sh: the folder must be an absolute path' >&2; exit 2 ;; esac
  "$action"
  ;;
*)
  sed -n '2,7s/^# //p' "$0" >&2
  exit 2
  ;;
esac
