package org.impetusmta.api.hook;

import org.impetusmta.api.delivery.Delivery;
import org.impetusmta.api.delivery.Stage;
import org.impetusmta.api.message.Message;
import org.impetusmta.api.message.Reply;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * A delivery attempt failed: what is to be made of the reply? Called on the delivery's loop before
 * anything else is done with it; may not block.
 */
@ConsumerType
public interface DeliveryResponse {
  /**
   * The reply that counts, {@code reply} itself where nothing is to be changed. One that is neither
   * 4xx nor 5xx is not taken: a failure stays one.
   */
  Reply deliveryResponse(Delivery delivery, Message message, Stage stage, Reply reply);
}
