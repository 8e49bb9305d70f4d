/**
 * What Postern itself writes to people. Mail with a link carries exactly one, because somebody has just asked for it.
 * Notices carry none at all: a mail that warns of a break-in and asks to click is what a phisher would imitate.
 */

export interface MailText {
  subject: string
  text: string
  html: string
}

export type LinkMail =
  | { kind: 'reset_password' | 'sign_up'; address: string; token: string }
  | {
      kind: 'invitation'
      address: string
      token: string
      accountName: string
      /** The name of who invited. */
      invitedBy: string
      role: string
    }

export type NoticeKind =
  | 'allow_list_asked'
  | 'allow_list_opened'
  | 'new_browser'
  | 'password_reset'
  | 'password_changed'
  | 'password_reset_needed'
  | 'factor_added'
  | 'factor_removed'
  | 'member_changed'
  | 'member_removed'
  | 'policy_changed'
  | 'retention_changed'
  | 'account_exported'
  | 'canary_used'
  | 'key_leaked'

export interface NoticeFacts {
  at: Date
  /** Whose it is about, where it is about an account. */
  accountName: string | null
}

const paths = {
  reset_password: 'reset',
  sign_up: 'sign-up',
  invitation: 'invitation',
  first_owner: 'welcome',
} as const

/** Where a link of a mail or of the first screen leads. */
export function linkAddress(consoleUrl: string, kind: keyof typeof paths, token: string): string {
  return `${consoleUrl}/${paths[kind]}/${token}`
}

export function linkText(mail: LinkMail, consoleUrl: string): MailText {
  const { subject, before, after } = wordsOf(mail)
  const address = linkAddress(consoleUrl, mail.kind, mail.token)
  return layOut(subject, { paragraphs: [before], link: address, closing: after })
}

function wordsOf(mail: LinkMail): { subject: string; before: string; after: string[] } {
  switch (mail.kind) {
    case 'reset_password':
      return {
        subject: 'Choose a new password',
        before: 'Somebody, we hope you, has asked to reset your password. Choose a new one here:',
        after: [
          'The address works once, for 20 minutes. Your second factor is asked for as before.',
          'If it was not you, do nothing: your password stays as it is.',
        ],
      }
    case 'sign_up':
      return {
        subject: 'Finish signing up',
        before: 'Confirm this address and choose a password here:',
        after: [
          'The address works once, for 24 hours.',
          'If you did not sign up, do nothing: no account is made.',
        ],
      }
    case 'invitation': {
      const [by, account] = [oneLine(mail.invitedBy), oneLine(mail.accountName)]
      return {
        subject: `Invitation to ${account}`,
        before: `${by} invites you to the account ${account} as ${mail.role}. Accept it here:`,
        after: [
          'The address works once, for you alone, until the invitation ends or is withdrawn.',
          'If you do not know who that is, do nothing: you join no account.',
        ],
      }
    }
  }
}

const askOwner = 'If it should not have happened, sign in as you always do and look at the members.'
const notYou =
  'If it was not you, open the console as you always do, reset your password, and end all other sessions.'

/** All that people are told, with the words for it. */
export const notices: Record<NoticeKind, { subject: string; says: string; advice: string }> = {
  allow_list_asked: {
    subject: 'Somebody asks to open the dashboard',
    says: 'An owner or admin says that the allow list of the dashboard has shut them out. They have shown their password and a recovery code; nothing is open yet.',
    advice:
      'Approve it only when you have spoken with them. If it is not them, somebody has their password and their codes: tell them at once.',
  },
  allow_list_opened: {
    subject: 'The dashboard was opened to every network',
    says: 'Two owners or admins have removed the allow list of the dashboard, because one of them was shut out. Other policies stand as before.',
    advice:
      'Sign in as you always do, see in the audit log who they are, and set a list that fits. If it should not have happened, remove them first.',
  },
  new_browser: {
    subject: 'Signed in from a new browser',
    says: 'Somebody signed in as you from a browser you had not used before.',
    advice: notYou,
  },
  password_reset: {
    subject: 'Your password was reset',
    says: 'Your password was reset with a link from a mail to this address. All your sessions have ended.',
    advice: `${notYou} Somebody then reads your mail: change the password of your mailbox too.`,
  },
  password_changed: {
    subject: 'Your password was changed',
    says: 'Your password was changed by somebody who was signed in as you.',
    advice: notYou,
  },
  password_reset_needed: {
    subject: 'Your password no longer works',
    says: 'The operator has ended all sessions and set aside the password you had. API keys go on working.',
    advice:
      'Open the console as you always do and choose "Forgot password". Use that password nowhere else any more.',
  },
  factor_added: {
    subject: 'A second factor was added',
    says: 'A second factor was added to your sign-in.',
    advice: `${notYou} Then remove the factor you do not know.`,
  },
  factor_removed: {
    subject: 'A second factor was removed',
    says: 'A second factor was removed from your sign-in.',
    advice: `${notYou} Then add a second factor again.`,
  },
  member_changed: {
    subject: 'The role of a member was changed',
    says: 'What a member may do was changed.',
    advice: askOwner,
  },
  member_removed: {
    subject: 'A member was removed',
    says: 'A member was removed from the account.',
    advice: askOwner,
  },
  policy_changed: {
    subject: 'The rules for signing in were changed',
    says: 'Who may come in, from which networks or with which factor, was changed.',
    advice:
      'If it should not have happened, sign in as you always do and look at the rules of the account.',
  },
  retention_changed: {
    subject: 'What the account keeps was changed',
    says: 'For how many days contents, messages or the log of requests are kept was changed.',
    advice:
      'What was shortened begins to go within minutes. If it should not have happened, sign in as you always do and set the days again.',
  },
  account_exported: {
    subject: 'Everything of the account is being exported',
    says: 'Somebody who may do so has begun to take away everything of the account: messages, people, logs. The file is sealed to a key that only they have.',
    advice:
      'If it should not have happened, sign in as you always do, look in the audit log who it was, and remove that member.',
  },
  canary_used: {
    subject: 'A canary key was used',
    says: 'Somebody used an API key that is there only to raise this alarm. They were told that nobody has it.',
    advice:
      'Whoever has it has been where you keep it. Open the console as you always do, and roll the keys that lie in the same place.',
  },
  key_leaked: {
    subject: 'An API key was found in public and has been revoked',
    says: 'A scanner found one of the API keys where anybody could read it. It was revoked at once.',
    advice:
      'Open the console as you always do, make another key, and look at what was sent with the old one.',
  },
}

export function isNoticeKind(kind: string): kind is NoticeKind {
  return Object.hasOwn(notices, kind)
}

export function noticeText(kind: NoticeKind, { at, accountName }: NoticeFacts): MailText {
  const { subject, says, advice } = notices[kind]
  const account = accountName === null ? [] : [`Account: ${oneLine(accountName)}`]
  const facts = [...account, `When: ${moment(at)}`]
  const closing = ['This mail has no link on purpose. A mail about this that has one is not ours.']
  return layOut(subject, { paragraphs: [says, facts.join('\n'), advice], closing })
}

function moment(at: Date): string {
  return `${at.toISOString().slice(0, 16).replace('T', ' ')} UTC`
}

interface Layout {
  paragraphs: string[]
  link?: string
  closing: string[]
}

function layOut(subject: string, { paragraphs, link, closing }: Layout): MailText {
  const blocks = [...paragraphs, ...(link === undefined ? [] : [link]), ...closing]
  const body = [
    ...paragraphs.map(paragraph),
    ...(link === undefined ? [] : [`<p><a href="${escapeHtml(link)}">${escapeHtml(link)}</a></p>`]),
    ...closing.map(paragraph),
  ]
  const style = 'font: 16px/1.5 sans-serif; max-width: 36em'
  const html = `<!doctype html>\n<html lang="en"><body style="${style}">\n${body.join('\n')}\n</body></html>\n`
  return { subject, text: `${blocks.join('\n\n')}\n`, html }
}

function paragraph(text: string): string {
  return `<p>${escapeHtml(text).replaceAll('\n', '<br>')}</p>`
}

/**
 * Names are what customers chose. A dot in one gets a space behind it, so that no mail program makes a link of a name
 * that looks like an address, and it stays on its line.
 */
function oneLine(name: string): string {
  return name
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
    .replaceAll('://', ' ')
    .replace(/\.(?=\S)/g, '. ')
    .trim()
}

function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}
