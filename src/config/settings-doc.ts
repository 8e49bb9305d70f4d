/** The page docs/operating/settings.md, made from the table of settings. */
import { settingKeys, settingsTable } from './settings.ts'

const opening = `# Settings

Generated from \`src/config/settings.ts\` by \`npm run docs:settings\`. \`postern config\` shows the values that hold now and
where each comes from.

A setting is read from the environment, else from \`settings.env\` in \`POSTERN_HOME\` (lines \`NAME=value\`), else it has
its default. An unknown \`POSTERN_*\` name stops the start. A port of 0 means any free port; \`run.json\` in \`POSTERN_HOME\`
says which it became.
`

export function settingsPage(): string {
  const sections = settingKeys.map((key) => {
    const { name, description, accepts, defaultText, secret, roles } = settingsTable[key]
    const lines = [
      `## ${name}`,
      '',
      description,
      '',
      `- Accepts: ${accepts}`,
      `- Default: ${defaultText === '' ? 'not set' : `\`${defaultText}\``}`,
      `- Told to: ${['supervisor', ...roles].join(', ')}`,
    ]
    if (secret) lines.push(`- Secret: \`${name}_FILE\` may name a file that holds it; never shown.`)
    return lines.join('\n')
  })
  return `${opening}\n${sections.join('\n\n')}\n`
}
