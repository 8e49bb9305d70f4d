/**
 * The pages that are reached from everywhere, one entry each, and what can be begun from the command palette. An entry
 * without the scope it takes is not shown; the console refuses all the same.
 */
import {
  Ban,
  ChartNoAxesColumn,
  Gauge,
  Globe,
  KeyRound,
  Layers,
  MailQuestionMark,
  Mails,
  ScrollText,
  Settings,
  ShieldCheck,
  Users,
} from 'lucide-react'
import type { ReactNode } from 'react'
import { paths, patterns } from '../paths.ts'

export interface FrameEntry {
  label: string
  path: string
  icon: ReactNode
  group: 'sending' | 'account'
  /** None: whoever is signed in. */
  scope?: string
  /** Other words by which someone may look for it. */
  words?: readonly string[]
  actions?: readonly FrameAction[]
}

/** Leads to where something is begun, as in "Add a domain". */
export interface FrameAction {
  label: string
  path: string
  scope?: string
  words?: readonly string[]
}

/** In the order of: Overview, Emails, Domains, API keys, Suppressions, Logs, Usage; Members, Subaccounts, Security, Audit log, Settings. */
export const frameEntries: readonly FrameEntry[] = [
  {
    label: 'Overview',
    path: patterns.home,
    icon: <ChartNoAxesColumn aria-hidden />,
    group: 'sending',
    scope: 'usage:read',
    words: ['statistics', 'delivered', 'bounced', 'complaints', 'home'],
  },
  {
    label: 'Emails',
    path: patterns.emails,
    icon: <Mails aria-hidden />,
    group: 'sending',
    scope: 'emails:read',
    words: ['messages', 'sent', 'search', 'delivered', 'bounced'],
  },
  {
    label: 'Domains',
    path: patterns.domains,
    icon: <Globe aria-hidden />,
    group: 'sending',
    scope: 'domains:read',
    words: ['dns', 'dkim', 'spf', 'dmarc', 'records', 'verify'],
    actions: [
      {
        label: 'Add a domain',
        path: `${patterns.domains}?new=1`,
        scope: 'domains:write',
        words: ['new'],
      },
    ],
  },
  {
    label: 'API keys',
    path: patterns.keys,
    icon: <KeyRound aria-hidden />,
    group: 'sending',
    scope: 'keys:read',
    words: ['token', 'secret', 'roll', 'revoke'],
    actions: [
      {
        label: 'Make an API key',
        path: `${patterns.keys}?new=1`,
        scope: 'keys:write',
        words: ['new', 'create'],
      },
    ],
  },
  {
    label: 'Suppressions',
    path: patterns.suppressions,
    icon: <Ban aria-hidden />,
    group: 'sending',
    scope: 'suppressions:read',
    words: ['block list', 'unsubscribed', 'bounces', 'complaints'],
  },
  {
    label: 'Logs',
    path: patterns.logs,
    icon: <ScrollText aria-hidden />,
    group: 'sending',
    scope: 'logs:read',
    words: ['requests', 'api calls'],
  },
  {
    label: 'Usage',
    path: patterns.usage,
    icon: <Gauge aria-hidden />,
    group: 'sending',
    scope: 'usage:read',
    words: ['limits', 'quota', 'rate'],
  },
  {
    label: 'Explain',
    path: patterns.explain,
    icon: <MailQuestionMark aria-hidden />,
    group: 'sending',
    words: ['paste a bounce', 'smtp reply', 'header', 'what does it mean'],
  },
  {
    label: 'Members',
    path: patterns.members,
    icon: <Users aria-hidden />,
    group: 'account',
    scope: 'members:read',
    words: ['people', 'roles', 'team', 'invitations'],
    actions: [{ label: 'Invite somebody', path: paths.invite(), scope: 'members:write' }],
  },
  {
    label: 'Subaccounts',
    path: patterns.subaccounts,
    icon: <Layers aria-hidden />,
    group: 'account',
    scope: 'subaccounts:read',
    words: ['customers', 'tenants', 'enter', 'suspend', 'resume'],
    actions: [
      {
        label: 'Make a subaccount',
        path: `${patterns.subaccounts}?new=1`,
        scope: 'subaccounts:write',
        words: ['new', 'create'],
      },
    ],
  },
  {
    label: 'Security',
    path: patterns.security,
    icon: <ShieldCheck aria-hidden />,
    group: 'account',
    words: ['password', 'passkey', 'second factor', 'sessions', 'recovery codes'],
  },
  {
    label: 'Audit log',
    path: patterns.audit,
    icon: <ScrollText aria-hidden />,
    group: 'account',
    scope: 'audit:read',
    words: ['ledger', 'history', 'refused attempts', 'export'],
  },
  {
    label: 'Settings',
    path: patterns.settings,
    icon: <Settings aria-hidden />,
    group: 'account',
    scope: 'members:read',
    words: ['account name', 'policies', 'allow list', 'networks'],
    actions: [
      {
        label: 'Your data',
        path: patterns.data,
        scope: 'members:read',
        words: [
          'retention',
          'export',
          'takeout',
          'erase',
          'gdpr',
          'forget',
          'person',
          'close the account',
        ],
      },
    ],
  },
]

export function entriesFor(scopes: readonly string[]): FrameEntry[] {
  return frameEntries
    .filter(({ scope }) => scope === undefined || scopes.includes(scope))
    .map(({ actions = [], ...entry }) => ({
      ...entry,
      actions: actions.filter(({ scope }) => scope === undefined || scopes.includes(scope)),
    }))
}
