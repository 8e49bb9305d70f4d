import { Moon, Sun, SunMoon } from 'lucide-react'
import { IconButton } from './button.tsx'
import { Menu } from './menu.tsx'
import { chooseTheme, type ThemeChoice, useTheme } from './theme.ts'

const choices: [ThemeChoice, string, typeof Sun][] = [
  ['system', 'As the system', SunMoon],
  ['light', 'Light', Sun],
  ['dark', 'Dark', Moon],
]

export function ThemeMenu() {
  const { choice, shown } = useTheme()
  return (
    <Menu
      trigger={
        <IconButton label="Theme">
          {shown === 'dark' ? <Moon aria-hidden /> : <Sun aria-hidden />}
        </IconButton>
      }
      groups={[
        {
          entries: choices.map(([id, label, Icon]) => ({
            label,
            icon: <Icon aria-hidden />,
            isChosen: id === choice,
            onSelect: () => chooseTheme(id),
          })),
        },
      ]}
    />
  )
}
