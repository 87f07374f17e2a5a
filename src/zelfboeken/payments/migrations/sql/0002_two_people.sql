-- A decision carries the name of who prepared the file, so that a check can tell the two apart (decision 16).
ALTER TABLE payments_filedecision
  ADD CONSTRAINT payment_decision_tells_the_preparer
    FOREIGN KEY (domain_id, file_id, prepared_by) REFERENCES payments_paymentfile (domain_id, id, prepared_by);

-- What is planned for an open item is the payment of that item.
ALTER TABLE payments_plannedpayment
  ADD CONSTRAINT planned_payment_is_of_its_item
    FOREIGN KEY (domain_id, payment_id, open_item_id) REFERENCES payments_payment (domain_id, id, open_item_id);
