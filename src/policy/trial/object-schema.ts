import type { Schema } from '../../api/index.ts';

/** The parts of `metav1.ObjectMeta` that templates can read. A CRD's schema says only `type: object`. */
const objectMeta: Schema = {
  type: 'object',
  properties: {
    name: { type: 'string' },
    generateName: { type: 'string' },
    namespace: { type: 'string' },
    selfLink: { type: 'string' },
    uid: { type: 'string' },
    resourceVersion: { type: 'string' },
    generation: { type: 'integer' },
    creationTimestamp: { type: 'string', format: 'date-time' },
    deletionTimestamp: { type: 'string', format: 'date-time' },
    deletionGracePeriodSeconds: { type: 'integer' },
    labels: { type: 'object', additionalProperties: { type: 'string' } },
    annotations: { type: 'object', additionalProperties: { type: 'string' } },
    ownerReferences: { type: 'array', items: { 'x-kubernetes-preserve-unknown-fields': true } },
    finalizers: { type: 'array', items: { type: 'string' } },
    // Until Kubernetes 1.24.
    clusterName: { type: 'string' },
    managedFields: { type: 'array', items: { 'x-kubernetes-preserve-unknown-fields': true } },
  },
};

/** The kind's schema with the fields that every object has. */
export function objectSchema(schema: Schema): Schema {
  return {
    ...schema,
    properties: {
      ...schema.properties,
      apiVersion: { type: 'string' },
      kind: { type: 'string' },
      metadata: objectMeta,
    },
  };
}

/** The schema of a part of an object. The part may itself be an object with `apiVersion`, `kind` and `metadata`. */
export function partSchema(schema: Schema): Schema {
  return schema['x-kubernetes-embedded-resource'] === true ? objectSchema(schema) : schema;
}

/** The schema of a map's values. A CRD may write `additionalProperties: true`: then the values may be anything. */
export function valuesSchema({ additionalProperties }: Schema): Schema | undefined {
  return typeof additionalProperties === 'object' ? additionalProperties : undefined;
}
