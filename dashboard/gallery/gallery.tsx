import {
  BadgeCheck,
  Globe,
  KeyRound,
  LayoutDashboard,
  Mail,
  MailX,
  Plus,
  ScrollText,
  Settings,
  ShieldCheck,
  Users,
} from 'lucide-react'
import { Button } from '../src/ui/button.tsx'
import { Menu } from '../src/ui/menu.tsx'
import { PageHeader } from '../src/ui/page.tsx'
import { Shell, type ShellProps } from '../src/ui/shell.tsx'
import { ChartPart, FiguresPart } from './chart-part.tsx'
import { FormPart, OverlayPart } from './form-part.tsx'
import { ListPart } from './list-part.tsx'
import { StatePart, ValuePart } from './value-part.tsx'

const navigation: ShellProps['navigation'] = [
  {
    entries: [
      { label: 'Overview', to: '/', icon: <LayoutDashboard aria-hidden /> },
      { label: 'Emails', to: '/emails', icon: <Mail aria-hidden /> },
      { label: 'Domains', to: '/domains', icon: <Globe aria-hidden /> },
      { label: 'Suppressions', to: '/suppressions', icon: <MailX aria-hidden /> },
    ],
  },
  {
    label: 'Programs',
    entries: [
      { label: 'API keys', to: '/api-keys', icon: <KeyRound aria-hidden /> },
      { label: 'Logs', to: '/logs', icon: <ScrollText aria-hidden /> },
    ],
  },
  {
    label: 'People',
    entries: [
      { label: 'Members', to: '/members', icon: <Users aria-hidden /> },
      { label: 'Security', to: '/security', icon: <ShieldCheck aria-hidden /> },
      { label: 'Audit log', to: '/audit-log', icon: <BadgeCheck aria-hidden /> },
      { label: 'Settings', to: '/settings', icon: <Settings aria-hidden /> },
    ],
  },
]

export function Gallery() {
  return (
    <Shell
      navigation={navigation}
      account={<AccountSwitch />}
      person={<p className="truncate px-2 text-ink-soft">mira@harbour.example</p>}
      commands={navigation.flatMap(({ label, entries }) =>
        entries.map((entry) => ({
          label: entry.label,
          icon: entry.icon,
          group: label ?? 'Pages',
          run: () => {},
        })),
      )}
    >
      <PageHeader
        title="Overview"
        hint="What was sent in the last 14 days, and what became of it."
        actions={
          <>
            <Button>Last 14 days</Button>
            <Button look="primary" icon={<Plus className="size-4" aria-hidden />}>
              Send a message
            </Button>
          </>
        }
      />
      <div className="grid gap-6">
        <FiguresPart />
        <ChartPart />
        <ListPart />
        <ValuePart />
        <FormPart />
        <OverlayPart />
        <StatePart />
      </div>
    </Shell>
  )
}

function AccountSwitch() {
  return (
    <Menu
      align="start"
      trigger={
        <Button className="w-full justify-start">
          <span className="grid size-5 place-items-center rounded bg-accent-soft text-xs text-accent-ink">
            H
          </span>
          Harbour Books
        </Button>
      }
      groups={[
        {
          label: 'Accounts',
          entries: [
            { label: 'Harbour Books', isChosen: true, onSelect: () => {} },
            { label: 'Harbour Staging', isChosen: false, onSelect: () => {} },
          ],
        },
      ]}
    />
  )
}
