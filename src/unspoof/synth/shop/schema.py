"""Tables of MagnusBilling 7 as its database declares them: names, order and types of columns, and keys.

Read off magnussolution/magnusbilling7 commit 0872f723, script/database.sql (LGPL; names and types only). Defaults and
foreign keys are not kept: here every column but the key may be NULL.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class TableSchema:
    """One table of the shop's database."""

    name: str
    columns: tuple[tuple[str, str], ...]
    """Name and declared type."""
    keys: tuple[str, ...]
    """Columns with an index of their own, beside the primary key `id`."""

    @property
    def names(self) -> tuple[str, ...]:
        """Column names in order."""
        return tuple(name for name, _ in self.columns)

    def create(self, next_id: int) -> str:
        """Return the CREATE TABLE statement in the form in which MariaDB shows it.

        Args:
            next_id: the AUTO_INCREMENT counter; MariaDB shows none below 2.

        """
        key = self.columns[0]
        lines = [f"  `{key[0]}` {key[1]} NOT NULL AUTO_INCREMENT"]
        for name, declared in self.columns[1:]:
            null = "NULL DEFAULT NULL" if declared == "timestamp" else "DEFAULT NULL"
            lines.append(f"  `{name}` {declared} {null}")
        lines.append(f"  PRIMARY KEY (`{key[0]}`)")
        lines += [f"  KEY `{name}` (`{name}`)" for name in self.keys]
        counter = f" AUTO_INCREMENT={next_id}" if next_id > 1 else ""
        tail = f"ENGINE=InnoDB{counter} DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci"
        return f"CREATE TABLE `{self.name}` (\n" + ",\n".join(lines) + f"\n) {tail};\n"


def _schema(name: str, declared: str, *keys: str) -> TableSchema:
    pairs = (column.strip().split(" ", 1) for column in declared.split(";"))
    return TableSchema(name, tuple((column, kind) for column, kind in pairs), keys)


SHOP: dict[str, TableSchema] = {
    schema.name: schema
    for schema in (
        _schema(
            "pkg_cdr",
            "id bigint(11); id_user int(11); id_plan int(11); id_trunk int(11); id_server int(11); id_prefix "
            "int(11); id_campaign int(11); callerid varchar(40); uniqueid varchar(30); starttime timestamp; "
            "sessiontime int(11); calledstation varchar(30); sessionbill float; sipiax int(11); src varchar(40); "
            "buycost decimal(15,6); real_sessiontime int(11); terminatecauseid int(1); agent_bill decimal(15,6)",
            "id_user",
            "callerid",
            "starttime",
        ),
        _schema(
            "pkg_cdr_failed",
            "id bigint(11); id_user int(11); id_plan int(11); id_trunk int(11); id_prefix int(11); id_server "
            "int(11); sessionid varchar(40); uniqueid varchar(30); starttime timestamp; calledstation "
            "varchar(30); sipiax int(11); src varchar(40); callerid varchar(40); terminatecauseid int(1); "
            "hangupcause int(11)",
            "id_user",
            "starttime",
        ),
        _schema(
            "pkg_cryptocurrency",
            "id int(11); id_user int(11); status tinyint(1); currency varchar(50); amountCrypto decimal(15,8); "
            "amount decimal(15,8); date timestamp",
            "id_user",
        ),
        _schema(
            "pkg_log",
            "id int(11); id_user int(11); id_log_actions int(11); description mediumtext; username varchar(50); "
            "date timestamp; ip varchar(50)",
            "id_user",
        ),
        _schema(
            "pkg_method_pay",
            "id int(11); id_user int(11); payment_method char(100); show_name varchar(100); country varchar(50); "
            "active tinyint(11); active_agent tinyint(11); obs varchar(300); url varchar(100); username "
            "varchar(50); pagseguro_TOKEN varchar(100); fee tinyint(1); boleto_convenio varchar(50); boleto_banco "
            "varchar(50); boleto_agencia varchar(50); boleto_conta_corrente varchar(50); "
            "boleto_inicio_nosso_numeroa varchar(50); boleto_carteira varchar(50); boleto_taxa varchar(50); "
            "boleto_instrucoes varchar(50); boleto_nome_emp varchar(50); boleto_end_emp varchar(50); "
            "boleto_cidade_emp varchar(50); boleto_estado_emp varchar(50); boleto_cpf_emp varchar(50); "
            "P2P_CustomerSiteID varchar(100); P2P_KeyID varchar(50); P2P_Passphrase varchar(50); "
            "P2P_RecipientKeyID varchar(100); P2P_tax_amount varchar(10); client_id varchar(500); client_secret "
            "varchar(500); SLAppToken varchar(50); SLAccessToken varchar(50); SLSecret varchar(50); SLIdProduto "
            "int(11); SLvalidationtoken varchar(100); min int(11); max int(11); showFields text",
            "id_user",
        ),
        _schema(
            "pkg_plan",
            "id int(11); id_user int(11); name char(50); lcrtype int(11); creationdate timestamp; "
            "removeinterprefix int(11); signup int(11); portabilidadeMobile tinyint(1); portabilidadeFixed "
            "tinyint(1); ini_credit decimal(10,5); techprefix varchar(7); play_audio smallint(1); tariff_limit "
            "int(11)",
        ),
        _schema(
            "pkg_refill",
            "id int(11); id_user int(11); date timestamp; credit decimal(15,5); description mediumtext; "
            "refill_type tinyint(4); payment tinyint(1); invoice_number varchar(50); image varchar(100)",
            "id_user",
        ),
        _schema(
            "pkg_sip",
            "id int(11); id_user int(11); name varchar(80); accountcode varchar(30); alias varchar(10); regexten "
            "varchar(40); amaflags varchar(40); callcounter enum('yes','no'); busylevel int(11); allowoverlap "
            "enum('yes','no'); allowsubscribe enum('yes','no'); videosupport enum('yes','no'); callgroup "
            "char(10); callerid varchar(80); context varchar(80); DEFAULTip char(15); dtmfmode char(7); fromuser "
            "varchar(80); fromdomain varchar(80); host varchar(31); insecure varchar(20); language char(2); "
            "mailbox varchar(50); session-timers enum('accept','refuse','originate'); session-expires int(11); "
            "session-minse int(11); session-refresher enum('uac','uas'); t38pt_usertpsource varchar(40); "
            "md5secret varchar(80); nat varchar(25); deny varchar(95); permit varchar(95); pickupgroup char(10); "
            "port int(5); qualify char(7); rtptimeout int(11); rtpholdtimeout int(11); secret varchar(80); type "
            "char(6); disallow varchar(100); allow varchar(100); regseconds int(11); ipaddr char(45); fullcontact "
            "varchar(80); setvar varchar(100); regserver varchar(20); lastms varchar(11); defaultuser "
            "varchar(40); auth varchar(10); subscribemwi varchar(10); vmexten varchar(20); cid_number "
            "varchar(40); callingpres varchar(20); usereqphone varchar(10); mohsuggest varchar(20); allowtransfer "
            "varchar(20); autoframing varchar(10); maxcallbitrate int(11); rfc2833compensate enum('yes','no'); "
            "outboundproxy varchar(40); rtpkeepalive int(11); useragent varchar(100); calllimit int(11); status "
            "smallint(1); directmedia varchar(10); sippasswd varchar(50); callshopnumber varchar(15); "
            "callshoptime int(11); callbackextension varchar(40); sip_group varchar(20); ringfalse tinyint(1); "
            "record_call tinyint(1); voicemail tinyint(1); voicemail_email varchar(100); voicemail_password "
            "int(11); forward varchar(50); url_events varchar(150); block_call_reg varchar(100); dial_timeout "
            "int(11); techprefix int(6); trace tinyint(1); addparameter varchar(50); amd int(11); sip_config "
            "text; description varchar(150); id_trunk_group int(11); cnl varchar(11)",
            "id_user",
        ),
        _schema(
            "pkg_trunk",
            "id int(11); id_provider int(11); failover_trunk int(11); trunkcode varchar(50); host varchar(100); "
            "fromdomain varchar(100); trunkprefix char(20); providertech char(20); providerip char(80); "
            "removeprefix char(20); secondusedreal int(11); call_answered int(11); call_total int(11); "
            "creationdate timestamp; addparameter char(120); inuse int(11); maxuse int(11); status int(11); "
            "if_max_use int(11); user varchar(80); secret varchar(50); allow varchar(50); link_sms varchar(250); "
            "directmedia char(10); context char(20); dtmfmode char(7); insecure varchar(20); nat char(20); "
            "qualify char(7); type char(6); disallow varchar(20); sms_res varchar(50); register int(11); language "
            "varchar(10); allow_error int(11); short_time_call int(11); fromuser varchar(80); register_string "
            "varchar(300); transport varchar(3); encryption varchar(3); port varchar(5); sendrpid varchar(10); "
            "sip_config text; cnl int(11); cid_add varchar(11); cid_remove varchar(11)",
        ),
        _schema(
            "pkg_user",
            "id int(11); id_user int(11); id_group int(11); id_group_agent int(11); id_plan int(11); id_offer "
            "int(11); username varchar(20); password varchar(100); credit decimal(15,4); active tinyint(1); "
            "creationdate timestamp; firstusedate timestamp; expirationdate timestamp; enableexpire tinyint(1); "
            "expiredays int(11); lastname varchar(50); firstname varchar(50); address varchar(100); city "
            "varchar(50); neighborhood varchar(50); state varchar(50); country varchar(50); zipcode varchar(20); "
            "phone varchar(50); mobile varchar(20); email varchar(100); vat varchar(50); company_name "
            "varchar(100); commercial_name varchar(100); company_website varchar(60); state_number varchar(40); "
            "dist varchar(100); contract_value float; lastuse timestamp; typepaid tinyint(1); creditlimit "
            "int(11); language char(5); redial varchar(50); loginkey varchar(40); last_notification timestamp; "
            "credit_notification int(11); credit_notification_daily int(1); restriction tinyint(4); "
            "callingcard_pin int(6); prefix_local varchar(50); callshop varchar(20); plan_day tinyint(1); "
            "record_call tinyint(1); active_paypal tinyint(1); boleto tinyint(1); boleto_day smallint(2); "
            "description varchar(500); last_login timestamp; googleAuthenticator_enable tinyint(1); "
            "google_authenticator_key varchar(50); doc varchar(50); id_sacado_sac int(11); disk_space int(10); "
            "sipaccountlimit int(10); calllimit int(10); cpslimit int(11); calllimit_error varchar(3); "
            "mix_monitor_format varchar(5); transfer_show_selling_price tinyint(1); transfer_bdservice_rate "
            "int(11); transfer_dbbl_rocket_profit int(11); transfer_bkash_profit int(11); "
            "transfer_flexiload_profit int(11); transfer_international_profit int(11); transfer_dbbl_rocket "
            "tinyint(1); transfer_bkash tinyint(1); transfer_flexiload tinyint(1); transfer_international "
            "tinyint(1); restriction_use int(11)",
            "username",
        ),
    )
}
"""By name, in the order in which mysqldump writes them."""

__all__ = ["SHOP", "TableSchema"]
