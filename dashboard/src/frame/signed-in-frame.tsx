/** What stands around every page of someone signed in. */
import { Outlet, useLocation } from '@tanstack/react-router'
import { paths } from '../paths.ts'
import { Shell, type ShellProps } from '../ui/shell.tsx'
import { AccountSwitcher } from './account-switcher.tsx'
import { useCommands } from './commands.tsx'
import { EnteredNotice } from './entered-notice.tsx'
import { entriesFor, type FrameEntry } from './navigation.tsx'
import { PersonMenu } from './person-menu.tsx'
import { useSession } from './session.ts'
import { StepUp } from './step-up.tsx'

export function SignedInFrame() {
  const session = useSession()
  const entries = entriesFor(session.scopes)
  const commands = useCommands(entries)
  const isAlone = useLocation().pathname === paths.secondFactor()
  // Nothing else may be done until there is a second factor; that page stands alone.
  if (session.enrolling || isAlone) {
    return (
      <>
        <Outlet />
        <StepUp />
      </>
    )
  }
  return (
    <>
      <Shell
        navigation={navigationOf(entries)}
        account={<AccountSwitcher />}
        person={<PersonMenu />}
        commands={commands}
        notice={<EnteredNotice />}
      >
        <Outlet />
      </Shell>
      <StepUp />
    </>
  )
}

function navigationOf(entries: readonly FrameEntry[]): ShellProps['navigation'] {
  const shown = (group: FrameEntry['group']) =>
    entries
      .filter((entry) => entry.group === group)
      .map(({ label, path, icon }) => ({ label, to: path, icon }))
  return [{ entries: shown('sending') }, { label: 'Account', entries: shown('account') }].filter(
    (group) => group.entries.length > 0,
  )
}
