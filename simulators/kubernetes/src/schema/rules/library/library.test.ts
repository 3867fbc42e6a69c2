import assert from "node:assert/strict";
import { test } from "node:test";
import { compileExpression } from "../expression.ts";

const self = { name: "a-b", list: [3n, 1n, 2n], texts: ["x", "y"], size: 3n, when: "2024-01-01" };

const TRUE = [
  "self.list.sum() == 6",
  "self.list.min() == 1 && self.list.max() == 3",
  "!self.list.isSorted() && [1, 2, 2].isSorted()",
  "self.list.indexOf(2) == 2 && [1, 1].lastIndexOf(1) == 1",
  "self.list.sort() == [1, 2, 3]",
  "[1, 1, 2].distinct() == [1, 2]",
  "[[1], [2]].flatten() == [1, 2]",
  "self.list.slice(0, 2) == [3, 1]",
  "'abc 123'.find('[0-9]+') == '123'",
  "'123 abc 456'.findAll('[0-9]+') == ['123', '456']",
  "'123 abc 456'.findAll('[0-9]+', 1) == ['123']",
  "'aaa'.replace('a', 'b', 2) == 'bba'",
  "'abc'.charAt(1) == 'b'",
  "self.name.split('-') == ['a', 'b'] && self.texts.join(',') == 'x,y'",
  "isQuantity('1Gi') && !isQuantity('1Gb')",
  "quantity('1Gi').isGreaterThan(quantity('1G'))",
  "quantity('500m').add(quantity('500m')).compareTo(quantity('1')) == 0",
  "quantity('50k').asInteger() == 50000 && !quantity('50m').isInteger()",
  "quantity('1500m').asApproximateFloat() == 1.5",
  "quantity('200M') == quantity('0.2G')",
  "isIP('192.168.0.1') && isIP('::1') && !isIP('fe80::1%eth0') && !isIP('1.2.3')",
  "ip('127.0.0.1').isLoopback() && ip('::1').family() == 6",
  "ip('8.8.8.8').isGlobalUnicast() && !ip('224.0.0.1').isGlobalUnicast()",
  "cidr('192.168.0.0/16').containsIP('192.168.3.4')",
  "cidr('192.168.0.0/16').containsCIDR(cidr('192.168.1.0/24')) && cidr('10.0.0.0/8').prefixLength() == 8",
  "isCIDR('10.0.0.0/8') && !isCIDR('10.0.0.0/33')",
  "isURL('https://a.b:80/c?d=e') && url('https://a.b:81/c?d=e').getPort() == '81'",
  "url('https://a.b/c?d=e').getQuery() == {'d': ['e']} && url('/x').getHost() == ''",
  "!format.dns1123Label().validate('abc').hasValue()",
  "format.dns1123Label().validate('ABC').value()[0].startsWith('a lowercase RFC 1123 label')",
  "!format.date().validate(self.when).hasValue()",
  "self.name.matches('^[a-z]-[a-z]$')",
  "has(self.size) && !has(self.other)",
  "self.list.exists_one(x, x == 2) && self.list.map(x, x * 2).sum() == 12",
];
for (const rule of TRUE) {
  test(rule, () => assert.equal(compileExpression(rule)({ self }), true));
}

const FAULTS: [rule: string, fault: RegExp][] = [
  ["quantity('x') == quantity('1')", /quantities must match/],
  ["ip('x').family() == 4", /IP Address parse error during conversion from string/],
  ["[].min() == 1", /min called on empty list/],
];
for (const [rule, fault] of FAULTS) {
  test(`${rule} cannot be evaluated`, () =>
    assert.throws(() => compileExpression(rule)({ self }), fault));
}

test("a rule that comes to no boolean is refused before it runs", () => {
  assert.throws(() => compileExpression("1 + 1"), /must evaluate to bool/);
  assert.throws(() => compileExpression("1 + 1", "string"), /must evaluate to string/);
});
