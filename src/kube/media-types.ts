/** Asks for metadata only. A server that cannot do that (an aggregated API) sends whole objects. */
export const METADATA_ONLY = {
  object: 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json',
  list: 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json',
  /**
   * A row of a table: metadata, and the columns that `kubectl get` prints. A server that cannot do that sends whole
   * objects too.
   */
  printed:
    'application/json;as=Table;g=meta.k8s.io;v=v1,application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json',
} as const;
