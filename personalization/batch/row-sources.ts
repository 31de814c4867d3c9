// All that a product stores on a card and can take from a row, in one list.

import type {
  Directory,
  Product,
  ProductContentSource,
  ProductFile,
  ProductItem,
  TypedSource,
} from "../products/product.ts";

/** An item of a record file, with its file: a continuation is measured with the item it goes on. */
export interface FileItem {
  readonly file: ProductFile;
  readonly item: ProductItem;
}

/** Named values, data of the issuer domain, PINs, contents, account, groupings; no items, no MACs. */
export function typedSources(product: Product): TypedSource[] {
  const directories = allDirectories(product);
  return [
    ...Object.values(product.values).filter(({ mac }) => mac === undefined),
    ...product.issuerDomain.data,
    ...directories.flatMap(({ pins = [] }) => pins),
    ...fileContents(product),
    ...directories.flatMap(({ account }) => (account ? Object.values(account) : [])),
    ...product.applications.flatMap(({ groupings }) => groupings),
  ];
}

/** Contents of transparent files. */
export function fileContents(product: Product): ProductContentSource[] {
  return allDirectories(product).flatMap(({ files = [] }) =>
    files.flatMap(({ content }) => content ?? []),
  );
}

export function fileItems(product: Product): FileItem[] {
  const files = allDirectories(product).flatMap(({ files = [] }) => files);
  return files.flatMap((file) => (file.items ?? []).map((item) => ({ file, item })));
}

function allDirectories(product: Product): Directory[] {
  const walk = (directory: Directory): Directory[] => [
    directory,
    ...(directory.directories ?? []).flatMap(walk),
  ];
  return product.applications.flatMap(({ directory }) => walk(directory));
}
