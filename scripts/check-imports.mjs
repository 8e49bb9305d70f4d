/** Runs dependency-cruiser over src and dashboard and fails as well when it saw no modules, as it does with a compiler it cannot read. */
import { cruise } from 'dependency-cruiser'
import extractTsConfig from 'dependency-cruiser/config-utl/extract-ts-config'
import rules from '../.dependency-cruiser.mjs'

const { forbidden, options } = rules
const tsConfig = extractTsConfig('tsconfig.json')
const { output } = await cruise(
  ['src', 'bin', 'dashboard/src', 'dashboard/gallery'],
  { ruleSet: { forbidden }, validate: true, ...options },
  undefined,
  { tsConfig },
)
const { violations, totalCruised } = output.summary
for (const { rule, from, to } of violations) {
  const reason = forbidden.find(({ name }) => name === rule.name)?.comment
  console.error(`${from} -> ${to}\n  ${rule.name}: ${reason}`)
}
console.log(`${totalCruised} modules, ${violations.length} import violations`)
if (totalCruised < 50) console.error('Too few modules were seen: the check looked at nothing.')
process.exitCode = violations.length > 0 || totalCruised < 50 ? 1 : 0
