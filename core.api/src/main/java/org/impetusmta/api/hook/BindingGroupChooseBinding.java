package org.impetusmta.api.hook;

import java.util.Optional;
import org.impetusmta.api.message.Message;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Policy gave a message a binding group and no binding: chooses the member. Runs where set_binding
 * runs, on any thread; may not block. Source: hooks core_binding_group_choose_binding.
 */
@ConsumerType
public interface BindingGroupChooseBinding {
  /**
   * The name of a binding of {@code bindingGroup}; the first answer wins. Where nobody has one, one
   * that is not suspended is taken, each as often as the others.
   */
  Optional<String> chooseBinding(Message message, String bindingGroup);
}
