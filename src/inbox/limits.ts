/** Every limit of the local inbox: it faces load tests and must stay flat in memory and on disk. */
const mebibyte = 1024 * 1024

export const smtpLimits = {
  /** RFC 5321 §4.5.3.1.4 asks for 512 bytes at least; parameters of extensions need more. */
  commandBytesMax: 2048,
  recipientsMax: 1000,
  messageBytesMax: 50 * mebibyte,
  /** All messages together that are being received or wait to be written. */
  receivingBytesMax: 256 * mebibyte,
  connectionsMax: 200,
  idleMs: 5 * 60 * 1000,
  /** How long `slow@` takes. */
  slowMs: 10_000,
  /** Bytes of replies a client may leave unread before its commands wait. */
  unreadBytesMax: 64 * 1024,
} as const

export const storeLimits = {
  /** Messages that can be listed and opened: the newest ones. */
  listedMax: 2000,
  segmentBytesMax: 32 * mebibyte,
  folderBytesMax: 512 * mebibyte,
}
export type StoreLimits = typeof storeLimits

export const summaryLimits = {
  /** The header is looked for in this many bytes; what lies beyond is not part of the summary. */
  headerBytesMax: 64 * 1024,
  /** From and subject are cut to this many characters. */
  textMax: 300,
  /** A summary names this many recipients; the message itself names all. */
  recipientsMax: 20,
} as const

export const searchLimits = {
  turns: { atOnceMax: 1, waitingMax: 16 },
  queryLengthMax: 200,
  termsMax: 10,
  /** One search looks at messages for this long, then answers with what it has. */
  timeMs: 4000,
  /** Text is looked for in this much of a message's source. */
  sourceBytesMax: 256 * 1024,
  tagsMax: 10_000,
  textLengthMax: 32 * 1024,
  /** Texts remembered between searches, all together, in characters. */
  rememberedLengthMax: 8 * mebibyte,
} as const

export const verdictLimits = {
  turns: { atOnceMax: 2, waitingMax: 32 },
  rememberedMax: 200,
  headerBytesMax: 64 * 1024,
  headerLinesMax: 2000,
  signaturesMax: 20,
  /** Names asked for one message, whatever it carries. */
  lookupsMax: 30,
  dnsTimeoutMs: 2000,
  dnsTries: 2,
  /** No answer is waited for longer than this, all together. */
  timeMs: 10_000,
  /** For this long the supervisor is waited for, who answers at once. */
  instanceKeyMs: 3000,
} as const

export const checkLimits = {
  htmlLengthMax: 2 * mebibyte,
  tagsMax: 50_000,
  linksMax: 200,
  /** Gmail shows no more of a message's HTML than 102 KB. */
  clippedBytes: 102 * 1024,
} as const

export const displayLimits = {
  /** Parsing blocks the process: about 60 ms a mebibyte with attachments. */
  parsedBytesMax: 8 * mebibyte,
  /** What is shown as source of a larger message. */
  sourceBytesMax: 2 * mebibyte,
  /** What inline images may add to the HTML, however often it names them. */
  inlineBytesMax: 16 * mebibyte,
} as const

export const webLimits = {
  /** Longer than clients keep a connection for later: none is closed just as it is used again. */
  keepAliveMs: 72_000,
  pageSize: 1000,
  streamsMax: 50,
  /** New messages are told at most this often, however many arrive. */
  tellEveryMs: 250,
  /** New messages told at once; a page that misses some reads the list again. */
  toldMax: 50,
  heartbeatMs: 25_000,
  /** How long the address of a message's HTML works. */
  contentSeconds: 600,
} as const
