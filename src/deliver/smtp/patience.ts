/** How long each step may take. RFC 5321 §4.5.3.2 asks for more in places; a queue that tries again may be shorter. */
export interface Patience {
  connectSeconds: number
  greetingSeconds: number
  /** EHLO, HELO, STARTTLS, MAIL, RCPT, RSET. */
  commandSeconds: number
  handshakeSeconds: number
  /** From DATA to its 354. */
  dataSeconds: number
  /** For each piece of a large message to leave (RFC 5321 §4.5.3.2.5). */
  dataBlockSeconds: number
  /** From the final dot to its reply: giving up early here doubles messages (RFC 1047). */
  dotSeconds: number
  quitSeconds: number
}

export const defaultPatience: Patience = {
  connectSeconds: 30,
  greetingSeconds: 60,
  commandSeconds: 60,
  handshakeSeconds: 30,
  dataSeconds: 60,
  dataBlockSeconds: 180,
  dotSeconds: 600,
  quitSeconds: 5,
}
