/**
 * What Postern itself writes to people. Mail with a link carries exactly one, because somebody has just asked for it.
 * Notices carry none at all: a mail that warns of a break-in and asks to click is what a phisher would imitate.
 */

import { idleNoticeDays } from '../credentials/idle-days.ts'

export interface MailText {
  subject: string
  text: string
  html: string
}

export type LinkMail =
  | { kind: 'reset_password' | 'sign_up' | 'change_address'; address: string; token: string }
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
  | 'address_change_asked'
  | 'address_changed'
  | 'allow_list_asked'
  | 'allow_list_opened'
  | 'new_browser'
  | 'password_reset'
  | 'password_changed'
  | 'password_reset_needed'
  | 'factor_added'
  | 'factor_removed'
  | 'identity_linked'
  | 'identity_removed'
  | 'factors_reset_asked'
  | 'factors_reset_done'
  | 'factors_reset_off'
  | 'member_changed'
  | 'member_removed'
  | 'member_reset_asked'
  | 'member_reset_done'
  | 'member_reset_off'
  | 'policy_changed'
  | 'retention_changed'
  | 'account_exported'
  | 'account_closing'
  | 'account_reopened'
  | 'canary_used'
  | 'key_leaked'
  | 'key_idle'

export interface NoticeFacts {
  at: Date
  /** Whose it is about, where it is about an account. */
  accountName: string | null
  /** Its id, where it is about one thing. */
  objectId?: string | null
}

const paths = {
  reset_password: 'reset',
  sign_up: 'sign-up',
  change_address: 'address',
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
    case 'change_address':
      return {
        subject: 'Confirm your new address',
        before:
          'Somebody, we hope you, wants to sign in to Postern with this address from now on. Confirm it in the browser where you are signed in:',
        after: [
          'The address works once, for 20 minutes, and only for the person who asked.',
          'If it was not you, do nothing: this mail gives nobody anything.',
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
  address_change_asked: {
    subject: 'Somebody asks to change your address',
    says: 'Somebody who is signed in as you wants another address in place of this one. Nothing has changed yet; it takes a link that went to the new address.',
    advice:
      'If it was not you, open the console as you always do, call the change off on the page Security, reset your password, and end all other sessions.',
  },
  address_changed: {
    subject: 'Your address was changed',
    says: 'You sign in to Postern with another address now, and nothing more is written to this one. All other sessions have ended.',
    advice:
      'If it was not you, tell the operator of this installation and the other owners of your account at once.',
  },
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
  identity_linked: {
    subject: 'Single sign-on was linked to you',
    says: 'Somebody whom the provider of single sign-on knows by your address has signed in as you. From now on they come in that way.',
    advice: `${notYou} Then unlink single sign-on on the page Security, and tell who runs the provider.`,
  },
  identity_removed: {
    subject: 'Single sign-on was unlinked',
    says: 'Single sign-on no longer lets in as you.',
    advice: notYou,
  },
  factors_reset_asked: {
    subject: 'Your second factors are about to be reset',
    says: 'The operator of this installation was told that you have lost all your second factors and recovery codes. All of them end in 24 hours, or at once if the operator has said so, together with your sessions and your password.',
    advice:
      'If you have not asked for it, sign in now with one of your second factors: that calls it off. Then tell the operator.',
  },
  factors_reset_done: {
    subject: 'Your second factors were reset',
    says: 'All your second factors, recovery codes and sessions have ended, as the operator was asked, and so has your password. Another mail brings a link for a new password.',
    advice:
      'When that link has expired, open the console as you always do and choose "Forgot password". Add a second factor again when you are in.',
  },
  factors_reset_off: {
    subject: 'Your second factors stay',
    says: 'You signed in with a second factor, so the reset that the operator was asked for has been called off. Nothing has changed.',
    advice: `${notYou} If you did not ask for the reset, tell the operator that somebody did.`,
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
  member_reset_asked: {
    subject: 'The second factors of a member are about to be reset',
    says: 'The operator of this installation was told that a member has lost all their second factors. They end in 24 hours, or at once if the operator has said so.',
    advice:
      'The audit log says who it is. If they know nothing of it, they call it off by signing in with a second factor; tell them and the operator at once.',
  },
  member_reset_done: {
    subject: 'The second factors of a member were reset',
    says: 'All second factors, sessions and the password of a member have ended, as the operator was asked. They come back by a link in their mail and add a factor anew.',
    advice:
      'The audit log says who it is. If they know nothing of it, remove them from the account until it is clear who reads their mail.',
  },
  member_reset_off: {
    subject: 'The second factors of a member stay',
    says: 'A member signed in with a second factor, so the reset that the operator was asked for has been called off.',
    advice: 'If nobody knows who asked for it, tell the operator.',
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
  account_closing: {
    subject: 'The account is being closed',
    says: 'The account is being closed. It sends nothing any more, and its keys answer nothing. Two weeks after this its keys are destroyed and all that it holds is deleted, unless the operator closes it sooner.',
    advice:
      'If it should not be, every owner can keep it until then: open the console as you always do, and look under "Your data".',
  },
  account_reopened: {
    subject: 'The account is kept',
    says: 'The account is not closed after all. It is what it was before: nothing of it has gone.',
    advice: askOwner,
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
  key_idle: {
    subject: 'An API key that nobody uses is about to end',
    says: 'Nobody has used one of the API keys for a long time, and the account wants such keys to end.',
    advice:
      'If it is needed, use it once, and it goes on. If it is not, do nothing. Keys are listed in the console, which you open as you always do.',
  },
}

export function isNoticeKind(kind: string): kind is NoticeKind {
  return Object.hasOwn(notices, kind)
}

export function noticeText(
  kind: NoticeKind,
  { at, accountName, objectId = null }: NoticeFacts,
): MailText {
  const { subject, says, advice } = notices[kind]
  const account = accountName === null ? [] : [`Account: ${oneLine(accountName)}`]
  const idle = kind === 'key_idle' && objectId !== null ? idleFacts(objectId, at) : []
  const facts = [...account, `When: ${moment(at)}`, ...idle]
  const closing = ['This mail has no link on purpose. A mail about this that has one is not ours.']
  return layOut(subject, { paragraphs: [says, facts.join('\n'), advice], closing })
}

/** By its id, since its name is for the account alone. */
function idleFacts(keyId: string, at: Date): string[] {
  const end = new Date(at.getTime() + idleNoticeDays * 24 * 3600_000)
  return [`API key: ${keyId}`, `Ends, if it stays unused: ${moment(end)} or soon after`]
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
