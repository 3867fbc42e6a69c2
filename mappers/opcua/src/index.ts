export { type BrowsedNode, type BrowseOptions, browseNodes } from "./browse/browse-nodes.ts";
export { opcuaMapper } from "./opcua-mapper.ts";
