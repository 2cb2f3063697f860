export { applyServerSide } from './apply.ts';
export { decodePatchBody, syntaxErrorOf } from './go-json.ts';
export { defaultCustomResource } from './default-custom.ts';
export { patchObject } from './patch-object.ts';
export { Schemas } from './schemas.ts';
export { trackFields } from './track-fields.ts';
export { validateCustomResource } from './validate-custom.ts';
export { validateFields } from './validate-fields.ts';
