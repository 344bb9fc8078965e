package org.impetusmta.core.reception;

import org.impetusmta.api.hook.ConfigGetDomainRelay;
import org.impetusmta.api.hook.CoreValidateConnect;
import org.impetusmta.api.hook.CoreValidateDataSpoolEachRcpt;
import org.impetusmta.api.hook.FinalValidation;
import org.impetusmta.api.hook.FinalValidation2;
import org.impetusmta.api.hook.GetProtocolStringForTraceHeaders;
import org.impetusmta.api.hook.GetReceivedHeaderText;
import org.impetusmta.api.hook.InboundSmtpTlsPostAccept;
import org.impetusmta.api.hook.InboundSmtpTlsVerify;
import org.impetusmta.api.hook.InboundTlsParameters;
import org.impetusmta.api.hook.PostFinalValidation;
import org.impetusmta.api.hook.PostValidateDataSpoolEachRcpt;
import org.impetusmta.api.hook.PreEcCanRelayTo;
import org.impetusmta.api.hook.PreEsmtpAuth;
import org.impetusmta.api.hook.ValidateAccept;
import org.impetusmta.api.hook.ValidateAuth;
import org.impetusmta.api.hook.ValidateConnect;
import org.impetusmta.api.hook.ValidateData;
import org.impetusmta.api.hook.ValidateDataSpool;
import org.impetusmta.api.hook.ValidateDataSpoolEachRcpt;
import org.impetusmta.api.hook.ValidateEhlo;
import org.impetusmta.api.hook.ValidateMailfrom;
import org.impetusmta.api.hook.ValidateRcptto;
import org.impetusmta.api.hook.ValidateRcpttoList;
import org.impetusmta.api.hook.ValidateRcpttoListFinal;
import org.impetusmta.api.hook.ValidateSetBinding;
import org.impetusmta.core.hook.HookList;
import org.impetusmta.core.hook.Hooks;

/** The modules of each phase, asked for once. Concurrent. */
record ReceptionHooks(
    HookList<ValidateAccept> accept,
    HookList<InboundTlsParameters> tlsParameters,
    HookList<InboundSmtpTlsVerify> tlsVerify,
    HookList<InboundSmtpTlsPostAccept> tlsPostAccept,
    HookList<ValidateConnect> connect,
    HookList<CoreValidateConnect> coreConnect,
    HookList<ValidateEhlo> ehlo,
    HookList<PreEsmtpAuth> preEsmtpAuth,
    HookList<ValidateAuth> validateAuth,
    HookList<ValidateMailfrom> mailfrom,
    HookList<ValidateRcptto> rcptto,
    HookList<PreEcCanRelayTo> preRelay,
    HookList<ConfigGetDomainRelay> domainRelay,
    HookList<ValidateRcpttoList> rcpttoList,
    HookList<ValidateRcpttoListFinal> rcpttoListFinal,
    HookList<GetReceivedHeaderText> receivedText,
    HookList<GetProtocolStringForTraceHeaders> protocolString,
    HookList<ValidateData> data,
    HookList<ValidateDataSpool> dataSpool,
    HookList<ValidateDataSpoolEachRcpt> dataSpoolEachRcpt,
    HookList<CoreValidateDataSpoolEachRcpt> coreEachRcpt,
    HookList<PostValidateDataSpoolEachRcpt> postEachRcpt,
    HookList<ValidateSetBinding> setBinding,
    HookList<FinalValidation2> finalValidation2,
    HookList<FinalValidation> finalValidation,
    HookList<PostFinalValidation> postFinalValidation) {

  static ReceptionHooks of(Hooks hooks) {
    return new ReceptionHooks(
        hooks.list(ValidateAccept.class),
        hooks.list(InboundTlsParameters.class),
        hooks.list(InboundSmtpTlsVerify.class),
        hooks.list(InboundSmtpTlsPostAccept.class),
        hooks.list(ValidateConnect.class),
        hooks.list(CoreValidateConnect.class),
        hooks.list(ValidateEhlo.class),
        hooks.list(PreEsmtpAuth.class),
        hooks.list(ValidateAuth.class),
        hooks.list(ValidateMailfrom.class),
        hooks.list(ValidateRcptto.class),
        hooks.list(PreEcCanRelayTo.class),
        hooks.list(ConfigGetDomainRelay.class),
        hooks.list(ValidateRcpttoList.class),
        hooks.list(ValidateRcpttoListFinal.class),
        hooks.list(GetReceivedHeaderText.class),
        hooks.list(GetProtocolStringForTraceHeaders.class),
        hooks.list(ValidateData.class),
        hooks.list(ValidateDataSpool.class),
        hooks.list(ValidateDataSpoolEachRcpt.class),
        hooks.list(CoreValidateDataSpoolEachRcpt.class),
        hooks.list(PostValidateDataSpoolEachRcpt.class),
        hooks.list(ValidateSetBinding.class),
        hooks.list(FinalValidation2.class),
        hooks.list(FinalValidation.class),
        hooks.list(PostFinalValidation.class));
  }

  /** Whether a connection that was accepted concerns nobody. */
  boolean ignoreConnect() {
    return accept.isEmpty() && connect.isEmpty() && coreConnect.isEmpty();
  }

  /** Whether a recipient's own message concerns nobody. */
  boolean ignoreEachRcpt() {
    return dataSpoolEachRcpt.isEmpty() && coreEachRcpt.isEmpty() && postEachRcpt.isEmpty();
  }

  /** Whether nobody is asked once the content is there. */
  boolean seeNoContent() {
    return data.isEmpty()
        && dataSpool.isEmpty()
        && ignoreEachRcpt()
        && setBinding.isEmpty()
        && ignoreFinal();
  }

  /** Whether nobody signs. */
  boolean ignoreFinal() {
    return finalValidation2.isEmpty() && finalValidation.isEmpty() && postFinalValidation.isEmpty();
  }
}
