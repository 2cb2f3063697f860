export { applyServerSide, type ApplyInput } from './apply.ts';
export { decodePatchBody, syntaxErrorOf } from './go-json.ts';
export { patchObject, type PatchObjectInput } from './patch-object.ts';
export { Schemas, type Schema } from './schemas.ts';
export { trackFields, type TrackFieldsInput } from './track-fields.ts';
export { validateFields, type ValidateFieldsInput } from './validate-fields.ts';
export { validateCustomResource, type FieldCause } from './validate-custom.ts';
