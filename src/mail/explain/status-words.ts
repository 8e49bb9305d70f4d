/** What reply codes (RFC 5321) and enhanced codes (RFC 3463 and its registry) mean, and what to do about them. */

export interface Explained {
  /** What happened, in a sentence. */
  meaning: string
  /** What to do about it. */
  advice: string
}

/** The subject and detail of an enhanced code, without its class. */
const details: Readonly<Record<string, Explained>> = {
  '1.1': {
    meaning: 'There is no such mailbox at that domain.',
    advice:
      'Correct the address with its owner, or take it off your lists. Do not try it again as it is.',
  },
  '1.2': {
    meaning: 'The domain of the address does not take mail, or does not exist.',
    advice:
      'Look for a typing mistake behind the @. If the domain is right, its owner has to mend its DNS.',
  },
  '1.3': {
    meaning: 'The address is not written as an address may be.',
    advice: 'Correct the address; blanks, missing parts and stray marks are the usual reasons.',
  },
  '1.6': {
    meaning: 'The mailbox has moved and left no new address.',
    advice: 'Ask its owner for the new address.',
  },
  '1.7': {
    meaning: 'The sender’s address is not written as an address may be.',
    advice: 'Correct the From address or the return path of the message.',
  },
  '1.8': {
    meaning:
      'The domain of the sender’s address does not exist or takes no mail, so no bounce could be returned.',
    advice: 'Give the sending domain an MX record, and check the records of the domain page.',
  },
  '1.10': {
    meaning: 'The domain says by its DNS that it takes no mail at all (null MX).',
    advice: 'Use another address; this domain never receives mail.',
  },
  '2.0': {
    meaning: 'Something is wrong with the mailbox, and the host does not say what.',
    advice: 'Ask the recipient by another way.',
  },
  '2.1': {
    meaning: 'The mailbox is there but switched off, or takes no more mail for now.',
    advice: 'Ask the recipient by another way. If it stays so, take the address off your lists.',
  },
  '2.2': {
    meaning: 'The mailbox is full.',
    advice: 'Wait some days and send again. A mailbox that stays full is usually abandoned.',
  },
  '2.3': {
    meaning: 'The message is larger than this mailbox takes.',
    advice: 'Send a link in place of the attachment.',
  },
  '3.1': { meaning: 'The mail host is out of space.', advice: 'Wait; it is theirs to mend.' },
  '3.2': {
    meaning: 'The mail host takes no mail at the moment.',
    advice: 'Wait; it is tried again by itself.',
  },
  '3.4': {
    meaning: 'The message is larger than this host takes.',
    advice: 'Make it smaller, or send a link in place of the attachment.',
  },
  '4.1': { meaning: 'The mail host did not answer.', advice: 'Wait; it is tried again by itself.' },
  '4.2': {
    meaning: 'The connection was lost on the way.',
    advice: 'Wait; it is tried again by itself.',
  },
  '4.3': {
    meaning: 'A name server or directory could not be asked.',
    advice: 'Wait. If it stays so, check the DNS of the domain that is named.',
  },
  '4.4': {
    meaning: 'No mail host could be found for the domain.',
    advice: 'Check the part behind the @; if it is right, its owner has to mend its MX records.',
  },
  '4.6': {
    meaning: 'The message went round in a circle between hosts.',
    advice: 'The recipient’s forwarding points back to itself; its owner has to mend it.',
  },
  '4.7': {
    meaning: 'It was tried for as long as messages are tried, and then given up.',
    advice: 'Look at the last replies to see why no attempt went through, then send again.',
  },
  '5.2': {
    meaning: 'The host did not understand a command.',
    advice: 'Tell the operator of the sending system; the conversation shows which command.',
  },
  '5.3': {
    meaning: 'Too many recipients at once for this host.',
    advice: 'Send to fewer recipients in one message.',
  },
  '6.0': {
    meaning: 'The host could not do anything with the content of the message.',
    advice: 'Look at unusual parts: character sets, broken attachments, lines that are too long.',
  },
  '6.7': {
    meaning: 'The address has characters beyond ASCII, which this host does not know.',
    advice: 'Ask the recipient for an address in plain letters.',
  },
  '7.0': {
    meaning: 'The host refuses the message by its own policy, and does not say more in its code.',
    advice: 'Read its words and the page they link to; they usually name a list or a limit.',
  },
  '7.1': {
    meaning:
      'The host does not want this message: it takes the sender, its address or its content for unwanted.',
    advice:
      'Check SPF, DKIM and DMARC of the domain, whether the sending address is on a block list, and what was sent lately.',
  },
  '7.8': {
    meaning: 'User name or password are wrong.',
    advice: 'Check the API key that is used as password.',
  },
  '7.9': {
    meaning: 'The way of signing in is too weak for this host.',
    advice: 'Sign in over TLS and with PLAIN or LOGIN.',
  },
  '7.20': {
    meaning: 'The message has no DKIM signature that holds.',
    advice: 'Publish the DKIM records of the domain page and send again.',
  },
  '7.21': {
    meaning: 'No DKIM signature of the message is one the host accepts.',
    advice: 'Check that the signing domain is the domain of the From address.',
  },
  '7.22': {
    meaning: 'No DKIM signature is by the domain of the author.',
    advice: 'Sign with the domain of the From address.',
  },
  '7.23': {
    meaning: 'SPF does not allow the sending address to send for this domain.',
    advice: 'Publish the SPF record of the domain page, and take out what you no longer send with.',
  },
  '7.24': {
    meaning: 'The SPF record could not be read.',
    advice: 'It is malformed or needs more than ten look-ups; mend it.',
  },
  '7.25': {
    meaning: 'The sending address has no name in DNS that leads back to it.',
    advice: 'The operator sets the reverse DNS of the sending address.',
  },
  '7.26': {
    meaning: 'The message passed none of SPF, DKIM and DMARC.',
    advice: 'Publish the records of the domain page; all three must be in place for this host.',
  },
  '7.27': {
    meaning: 'The sender’s domain says that it sends no mail (null MX).',
    advice: 'Take the null MX out of the sending domain’s DNS.',
  },
  '7.28': {
    meaning: 'Too much mail at once from this sender or about this subject.',
    advice: 'Send more slowly; a new address or domain has to begin with little.',
  },
}

const replies: Readonly<Record<number, Explained>> = {
  250: { meaning: 'The host took the message.', advice: 'Nothing; the host answers for it now.' },
  251: { meaning: 'The host took the message and sends it on.', advice: 'Nothing.' },
  421: {
    meaning: 'The host ends the connection for now: it is busy, or it slows down who sends much.',
    advice: 'Wait; it is tried again by itself. If it stays so, send more slowly to this provider.',
  },
  450: {
    meaning:
      'The mailbox could not be reached for the moment; hosts also say so to senders they do not know yet (greylisting).',
    advice: 'Wait; it is tried again by itself.',
  },
  451: {
    meaning: 'The host had a trouble of its own, or puts off senders it does not know yet.',
    advice: 'Wait; it is tried again by itself.',
  },
  452: {
    meaning: 'The host has too little room, or takes no more recipients in one go.',
    advice: 'Wait; it is tried again by itself.',
  },
  454: {
    meaning: 'TLS or signing in is not available for the moment.',
    advice: 'Wait and try again.',
  },
  500: {
    meaning: 'The host did not understand a command.',
    advice: 'Tell the operator of the sending system.',
  },
  501: {
    meaning: 'The host did not understand what stood behind a command.',
    advice: 'Check the addresses for stray marks.',
  },
  503: {
    meaning: 'Commands came in an order the host does not take.',
    advice: 'Tell the operator of the sending system.',
  },
  521: { meaning: 'This host takes no mail at all.', advice: 'Use another address.' },
  530: {
    meaning: 'The host wants the sender to sign in or to use TLS first.',
    advice: 'Send with user name and password, over TLS.',
  },
  535: {
    meaning: 'User name or password are wrong.',
    advice: 'Check the API key that is used as password.',
  },
  550: {
    meaning:
      'The host refused for good: most often there is no such mailbox, sometimes it is a block.',
    advice: 'Its words tell which; if the mailbox is unknown, take the address off your lists.',
  },
  551: {
    meaning: 'The recipient is not at this host.',
    advice: 'Ask the recipient for the right address.',
  },
  552: {
    meaning: 'The mailbox is full, or the message too large.',
    advice: 'Make the message smaller, or wait some days.',
  },
  553: {
    meaning: 'The host does not take an address as it is written.',
    advice: 'Correct the address.',
  },
  554: {
    meaning:
      'The host refused the message for good, usually by policy: reputation, content or a block list.',
    advice: 'Read its words; check the domain’s records and what was sent lately.',
  },
  556: { meaning: 'The domain takes no mail at all.', advice: 'Use another address.' },
}

const classes: Readonly<Record<string, string>> = {
  '2': 'It went well.',
  '4': 'This is for now only: the message is tried again by itself.',
  '5': 'This is final: the same message would meet the same answer.',
}

export function classWords(code: string): string {
  return classes[code.charAt(0)] ?? ''
}

/** `5.1.1`, of any class; undefined for one that says nothing more than its class. */
export function explainEnhanced(code: string): Explained | undefined {
  return details[code.split('.').slice(1).join('.')]
}

export function explainReplyCode(code: number): Explained | undefined {
  return replies[code]
}
