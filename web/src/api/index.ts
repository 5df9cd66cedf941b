export { api, data } from './client';
export { errorField, errorText } from './errorText';
export { ApiError, type ApiErrorCode, type ErrorCode } from './errors';
export type { components, paths } from './generated/schema';
export type { Methods, Schemas } from './generated/frames';
export { passwordProblem, type PasswordProblem } from './password';
export {
  accessToken,
  changePassword,
  loadAccount,
  lookUpCode,
  onSignOut,
  onTokensChanged,
  register,
  registrationMode,
  renewAccessToken,
  sessionStore,
  signIn,
  signOut,
  startSession,
  updateAccount,
  useSession,
  type Account,
  type CodeAnswer,
  type RegisterRequest,
  type RegistrationMode,
  type Session,
  type SignedOutReason,
  type User,
} from './session';
