package org.impetusmta.core.reception;

import org.impetusmta.api.hook.FinalValidation;
import org.impetusmta.api.hook.InboundSmtpTlsPostAccept;
import org.impetusmta.api.hook.InboundSmtpTlsVerify;
import org.impetusmta.api.hook.InboundTlsParameters;
import org.impetusmta.api.hook.ValidateConnect;
import org.impetusmta.api.hook.ValidateData;
import org.impetusmta.api.hook.ValidateDataSpool;
import org.impetusmta.api.hook.ValidateDataSpoolEachRcpt;
import org.impetusmta.api.hook.ValidateEhlo;
import org.impetusmta.api.hook.ValidateMailfrom;
import org.impetusmta.api.hook.ValidateRcptto;
import org.impetusmta.api.hook.ValidateSetBinding;
import org.impetusmta.core.hook.HookList;
import org.impetusmta.core.hook.Hooks;

/** The modules of each phase, asked for once. Concurrent. */
record ReceptionHooks(
    HookList<InboundTlsParameters> tlsParameters,
    HookList<InboundSmtpTlsVerify> tlsVerify,
    HookList<InboundSmtpTlsPostAccept> tlsPostAccept,
    HookList<ValidateConnect> connect,
    HookList<ValidateEhlo> ehlo,
    HookList<ValidateMailfrom> mailfrom,
    HookList<ValidateRcptto> rcptto,
    HookList<ValidateData> data,
    HookList<ValidateDataSpool> dataSpool,
    HookList<ValidateDataSpoolEachRcpt> dataSpoolEachRcpt,
    HookList<ValidateSetBinding> setBinding,
    HookList<FinalValidation> finalValidation) {

  static ReceptionHooks of(Hooks hooks) {
    return new ReceptionHooks(
        hooks.list(InboundTlsParameters.class),
        hooks.list(InboundSmtpTlsVerify.class),
        hooks.list(InboundSmtpTlsPostAccept.class),
        hooks.list(ValidateConnect.class),
        hooks.list(ValidateEhlo.class),
        hooks.list(ValidateMailfrom.class),
        hooks.list(ValidateRcptto.class),
        hooks.list(ValidateData.class),
        hooks.list(ValidateDataSpool.class),
        hooks.list(ValidateDataSpoolEachRcpt.class),
        hooks.list(ValidateSetBinding.class),
        hooks.list(FinalValidation.class));
  }
}
