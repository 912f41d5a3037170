"""Routes of invoices and payments."""

from django.urls import path

from talent.views import invoices, payments, portal_invoices

console = [
    path("invoices/", invoices.invoice_list, name="invoice_list"),
    path("invoices/new/", invoices.invoice_create, name="invoice_create"),
    path("invoices/new/<int:number>/", invoices.invoice_create_for, name="invoice_create_for"),
    path("invoices/<int:number>/", invoices.invoice_detail, name="invoice_detail"),
    path("invoices/<int:number>/approve/", invoices.invoice_approve, name="invoice_approve"),
    path("invoices/<int:number>/release/", invoices.invoice_release, name="invoice_release"),
    path("invoices/<int:number>/reject/", invoices.invoice_reject, name="invoice_reject"),
    path("payments/", payments.payment_batch_list, name="payment_batch_list"),
    path("payments/new/", payments.payment_batch_create, name="payment_batch_create"),
    path("payments/<int:number>/", payments.payment_batch_detail, name="payment_batch_detail"),
    path("payments/<int:number>/download/", payments.payment_batch_download, name="payment_batch_download"),
    path("payments/<int:number>/control/", payments.payment_batch_control, name="payment_batch_control"),
    path("payments/<int:number>/paid/", payments.payment_batch_paid, name="payment_batch_paid"),
]
portal = [
    path("invoices/", portal_invoices.portal_invoice_list, name="portal_invoice_list"),
    path("invoices/new/<int:number>/", portal_invoices.portal_invoice_create, name="portal_invoice_create"),
    path("invoices/<int:number>/", portal_invoices.portal_invoice_detail, name="portal_invoice_detail"),
]
