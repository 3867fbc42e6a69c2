// Plain CommonJS that any Node can read: it runs before anything that needs Node 24.
const major = Number(process.versions.node.split(".")[0]);
if (major < 24) {
  process.stderr.write(
    `mapperkit needs Node 24, this is Node ${process.versions.node} on ${process.platform}-${process.arch}. ` +
      "On linux-x64 and linux-arm64 `npm ci` brings it along; elsewhere install Node 24 and try again.\n",
  );
  process.exit(2);
}
