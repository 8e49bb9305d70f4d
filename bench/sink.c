/*
 * A receiving mail host that keeps nothing on disk and counts what arrives, so that a sender can be measured at its far end.
 * One thread, epoll. Several SMTP ports stand for several recipient domains' mail hosts; one control port answers one command
 * a connection and closes:
 *   STAT        the counters as one line of JSON
 *   RESET run   forget everything; from now on ids of this run are counted
 *   ARRIVALS    a line "seq count first_us" for each id seen; microseconds of CLOCK_MONOTONIC
 *   QUIT        end
 * A message carries its id in its Subject: [pb:RUN:SEQ].
 *
 *   sink -p first_port -n ports -c control_port [-d delay_ms] [-t permille]
 *     -d  wait so long before each reply, as a distant host would
 *     -t  answer 451 to so many of 1,000 recipients
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { SEQ_MAX = 1 << 21, INPUT_BYTES_MAX = 64 << 20, READ_BYTES = 64 << 10, REPLY_BYTES_MAX = 16 << 10 };
enum kind { SMTP_DOOR, CONTROL_DOOR, SMTP, CONTROL };

struct connection {
  int fd;
  enum kind kind;
  int in_data, recipients, closing;
  int waiting, gone; /* in the line of delayed connections; to be freed there */
  uint64_t due_us;
  struct connection *next;
  char *input;
  size_t length, capacity, scanned;
  char reply[REPLY_BYTES_MAX];
  size_t reply_length;
};

static struct {
  uint64_t messages, unique, duplicates, foreign, unnumbered, is_signed, temporary, bytes;
  uint64_t connections, open, open_peak, first_us, last_us;
} total;
static char run_id[64];
static uint16_t *seen;
static uint64_t *first_seen_us;
static int epoll_fd, delay_ms, temporary_permille;
static struct connection *delayed_first, *delayed_last;

static uint64_t now_us(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void *must(void *pointer) {
  if (pointer) return pointer;
  fprintf(stderr, "sink: out of memory\n");
  exit(1);
}

static void release(struct connection *c) {
  if (c->fd >= 0) {
    close(c->fd);
    if (c->kind == SMTP) total.open--;
  }
  c->fd = -1;
  c->gone = 1;
  if (c->waiting) return;
  free(c->input);
  free(c);
}

static void say(struct connection *c, const char *line) {
  size_t length = strlen(line);
  if (c->reply_length + length > REPLY_BYTES_MAX) {
    c->closing = 1; /* nobody pipelines so much: not a client worth keeping */
    return;
  }
  memcpy(c->reply + c->reply_length, line, length);
  c->reply_length += length;
}

/* Replies are tiny; a peer whose window is closed to them has stopped reading and is let go. */
static int send_replies(struct connection *c) {
  size_t length = c->reply_length;
  c->reply_length = 0;
  if (length && send(c->fd, c->reply, length, MSG_NOSIGNAL) != (ssize_t)length) return -1;
  return c->closing ? -1 : 0;
}

/* ---- counting ---- */

static int starts(const char *text, const char *end, const char *prefix) {
  size_t length = strlen(prefix);
  return (size_t)(end - text) >= length && !strncasecmp(text, prefix, length);
}

/* Returns 1 when the line holds an id, of whatever run. */
static int count_id(const char *line, const char *end, uint64_t now) {
  const char *id = memmem(line, end - line, "[pb:", 4);
  if (!id) return 0;
  id += 4;
  const char *colon = memchr(id, ':', end - id);
  if (!colon) return 0;
  size_t length = colon - id, seq = strtoul(colon + 1, NULL, 10);
  if (length != strlen(run_id) || memcmp(id, run_id, length) || seq >= SEQ_MAX) {
    total.foreign++;
    return 1;
  }
  if (seen[seq]) {
    total.duplicates++;
  } else {
    total.unique++;
    first_seen_us[seq] = now;
  }
  if (seen[seq] < UINT16_MAX) seen[seq]++;
  return 1;
}

static void count_message(const char *message, size_t length) {
  uint64_t now = now_us();
  const char *blank = memmem(message, length, "\r\n\r\n", 4);
  const char *end = blank ? blank + 2 : message + length;
  int in_subject = 0, numbered = 0, is_signed = 0;
  for (const char *line = message, *next; line < end; line = next) {
    const char *feed = memchr(line, '\n', end - line);
    next = feed ? feed + 1 : end;
    if (*line != ' ' && *line != '\t') { /* not a folded line's continuation */
      in_subject = starts(line, next, "subject:");
      is_signed |= starts(line, next, "dkim-signature:");
    }
    if (in_subject && !numbered) numbered = count_id(line, next, now);
  }
  if (!total.messages++) total.first_us = now;
  total.last_us = now;
  total.bytes += length;
  total.unnumbered += !numbered;
  total.is_signed += is_signed;
}

/* ---- SMTP ---- */

static void recipient(struct connection *c) {
  static uint32_t random = 2463534242u; /* xorshift32: the same refusals at each start */
  random ^= random << 13;
  random ^= random >> 17;
  random ^= random << 5;
  if (random % 1000 < (uint32_t)temporary_permille) {
    total.temporary++;
    say(c, "451 4.3.0 Try again later\r\n");
    return;
  }
  c->recipients++;
  say(c, "250 2.1.5 Ok\r\n");
}

static void smtp_command(struct connection *c, const char *line, const char *end) {
  if (starts(line, end, "EHLO")) {
    say(c, "250-sink.test\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n"
           "250-ENHANCEDSTATUSCODES\r\n250 SIZE 52428800\r\n");
  } else if (starts(line, end, "HELO")) {
    say(c, "250 sink.test\r\n");
  } else if (starts(line, end, "MAIL FROM:")) {
    c->recipients = 0;
    say(c, "250 2.1.0 Ok\r\n");
  } else if (starts(line, end, "RCPT TO:")) {
    recipient(c);
  } else if (starts(line, end, "DATA")) {
    c->in_data = c->recipients > 0;
    c->scanned = 0;
    say(c, c->in_data ? "354 Go on\r\n" : "554 5.5.1 No recipients\r\n");
  } else if (starts(line, end, "RSET") || starts(line, end, "NOOP")) {
    if (starts(line, end, "RSET")) c->recipients = 0;
    say(c, "250 2.0.0 Ok\r\n");
  } else if (starts(line, end, "QUIT")) {
    c->closing = 1;
    say(c, "221 2.0.0 Bye\r\n");
  } else {
    say(c, "502 5.5.2 Unknown command\r\n");
  }
}

/* Takes one message off the front of the input; returns its bytes with the final dot, or 0 while it is incomplete. */
static size_t take_message(struct connection *c, const char *start, size_t length) {
  if (length >= 3 && !memcmp(start, ".\r\n", 3)) {
    count_message(start, 0);
    return 3;
  }
  size_t from = c->scanned > 4 ? c->scanned - 4 : 0; /* the mark may straddle two reads */
  const char *mark = memmem(start + from, length - from, "\r\n.\r\n", 5);
  c->scanned = length;
  if (!mark) return 0;
  count_message(start, mark + 2 - start);
  return mark + 5 - start;
}

/* ---- control ---- */

static void stat_reply(struct connection *c) {
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  double cpu_ms = (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e3 +
                  (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e3;
  char text[1024];
  snprintf(text, sizeof text,
           "{\"run\":\"%s\",\"messages\":%lu,\"unique\":%lu,\"duplicates\":%lu,\"foreign\":%lu,"
           "\"unnumbered\":%lu,\"signed\":%lu,\"temporary\":%lu,\"bytes\":%lu,\"connections\":%lu,"
           "\"open_peak\":%lu,\"first_us\":%lu,\"last_us\":%lu,\"cpu_ms\":%.1f}\n",
           run_id, total.messages, total.unique, total.duplicates, total.foreign, total.unnumbered,
           total.is_signed, total.temporary, total.bytes, total.connections, total.open_peak,
           total.first_us, total.last_us, cpu_ms);
  say(c, text);
}

static void reset(const char *run, size_t length) {
  uint64_t open = total.open;
  memset(&total, 0, sizeof total);
  total.open = total.open_peak = open;
  memset(seen, 0, SEQ_MAX * sizeof *seen);
  snprintf(run_id, sizeof run_id, "%.*s", (int)length, run);
}

/* The only long answer: written with a blocking socket, since whoever asks for it reads it. */
static void arrivals_reply(struct connection *c) {
  fcntl(c->fd, F_SETFL, 0);
  for (uint32_t seq = 0; seq < SEQ_MAX; seq++) {
    if (!seen[seq]) continue;
    char line[64];
    snprintf(line, sizeof line, "%u %u %lu\n", seq, seen[seq], first_seen_us[seq]);
    say(c, line);
    if (c->reply_length > REPLY_BYTES_MAX - 64 && send_replies(c) < 0) return;
  }
}

static void control_command(struct connection *c, const char *line, const char *end) {
  if (starts(line, end, "STAT")) {
    stat_reply(c);
  } else if (starts(line, end, "RESET ")) {
    reset(line + 6, end - line - 6);
    say(c, "OK\n");
  } else if (starts(line, end, "ARRIVALS")) {
    arrivals_reply(c);
  } else if (starts(line, end, "QUIT")) {
    exit(0);
  } else {
    say(c, "STAT, RESET run, ARRIVALS or QUIT\n");
  }
  c->closing = 1;
}

/* ---- connections ---- */

static void take_input(struct connection *c) {
  size_t taken = 0;
  while (taken < c->length && !c->closing) {
    char *start = c->input + taken;
    size_t left = c->length - taken;
    if (c->in_data) {
      size_t bytes = take_message(c, start, left);
      if (!bytes) break;
      taken += bytes;
      c->in_data = c->recipients = 0;
      say(c, "250 2.0.0 Ok: counted\r\n");
      continue;
    }
    char *feed = memchr(start, '\n', left);
    if (!feed) break;
    char *end = feed > start && feed[-1] == '\r' ? feed - 1 : feed;
    taken = feed + 1 - c->input;
    (c->kind == CONTROL ? control_command : smtp_command)(c, start, end);
  }
  if (taken) memmove(c->input, c->input + taken, c->length - taken);
  c->length -= taken;
}

static void serve(struct connection *c) {
  for (;;) {
    if (c->capacity - c->length < READ_BYTES) {
      c->capacity = c->capacity ? c->capacity * 2 : 2 * READ_BYTES;
      if (c->capacity > INPUT_BYTES_MAX) return release(c);
      c->input = must(realloc(c->input, c->capacity));
    }
    size_t room = c->capacity - c->length;
    ssize_t got = recv(c->fd, c->input + c->length, room, 0);
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) return release(c);
    c->length += got;
    take_input(c);
    if (send_replies(c) < 0) return release(c);
    if ((size_t)got < room) return; /* a short read has emptied the socket: spare the call that would say so */
  }
}

static void watch(struct connection *c, uint32_t events, int operation) {
  struct epoll_event event = {.events = events, .data.ptr = c};
  epoll_ctl(epoll_fd, operation, c->fd, &event);
}

/* The delay is the same for all, so a line in order of arrival is in order of time. Nothing is read meanwhile. */
static void delay(struct connection *c) {
  watch(c, 0, EPOLL_CTL_MOD);
  c->waiting = 1;
  c->due_us = now_us() + delay_ms * 1000ull;
  c->next = NULL;
  *(delayed_last ? &delayed_last->next : &delayed_first) = c;
  delayed_last = c;
}

static void serve_due(void) {
  while (delayed_first && delayed_first->due_us <= now_us()) {
    struct connection *c = delayed_first;
    delayed_first = c->next;
    if (!delayed_first) delayed_last = NULL;
    c->waiting = 0;
    if (c->gone) {
      release(c);
      continue;
    }
    watch(c, EPOLLIN, EPOLL_CTL_MOD);
    serve(c);
  }
}

static void accept_all(struct connection *door) {
  for (int fd; (fd = accept4(door->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0;) {
    int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    struct connection *c = must(calloc(1, sizeof *c));
    c->fd = fd;
    c->kind = door->kind == SMTP_DOOR ? SMTP : CONTROL;
    watch(c, EPOLLIN, EPOLL_CTL_ADD);
    if (c->kind == CONTROL) continue;
    total.connections++;
    if (++total.open > total.open_peak) total.open_peak = total.open;
    say(c, "220 sink.test ESMTP\r\n");
    if (send_replies(c) < 0) release(c);
  }
}

static void open_door(int port, enum kind kind) {
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), on = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  if (bind(fd, (struct sockaddr *)&address, sizeof address) || listen(fd, 1024)) {
    fprintf(stderr, "sink: port %d: %s\n", port, strerror(errno));
    exit(1);
  }
  struct connection *door = must(calloc(1, sizeof *door));
  door->fd = fd;
  door->kind = kind;
  watch(door, EPOLLIN, EPOLL_CTL_ADD);
}

static void handle(struct connection *c, uint32_t events) {
  if (c->kind == SMTP_DOOR || c->kind == CONTROL_DOOR) accept_all(c);
  else if (c->waiting) release(c); /* only a hang-up is reported then */
  else if (delay_ms && c->kind == SMTP && !(events & (EPOLLHUP | EPOLLERR))) delay(c);
  else serve(c);
}

int main(int argc, char **argv) {
  int port = 2600, ports = 20, control_port = 2599;
  for (int option; (option = getopt(argc, argv, "p:n:c:d:t:")) != -1;) {
    if (option == 'p') port = atoi(optarg);
    else if (option == 'n') ports = atoi(optarg);
    else if (option == 'c') control_port = atoi(optarg);
    else if (option == 'd') delay_ms = atoi(optarg);
    else if (option == 't') temporary_permille = atoi(optarg);
    else return 2;
  }
  signal(SIGPIPE, SIG_IGN);
  epoll_fd = epoll_create1(EPOLL_CLOEXEC);
  seen = must(calloc(SEQ_MAX, sizeof *seen));
  first_seen_us = must(calloc(SEQ_MAX, sizeof *first_seen_us));
  for (int i = 0; i < ports; i++) open_door(port + i, SMTP_DOOR);
  open_door(control_port, CONTROL_DOOR);
  printf("ready\n");
  fflush(stdout);
  for (;;) {
    int wait_ms = -1;
    if (delayed_first) {
      int64_t left_us = (int64_t)(delayed_first->due_us - now_us());
      wait_ms = left_us > 0 ? (int)((left_us + 999) / 1000) : 0;
    }
    struct epoll_event events[256];
    int count = epoll_wait(epoll_fd, events, 256, wait_ms);
    for (int i = 0; i < count; i++) handle(events[i].data.ptr, events[i].events);
    serve_due();
  }
}
