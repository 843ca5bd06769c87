-- MariaDB dump 10.19  Distrib 10.11.6-MariaDB, for debian-linux-gnu (x86_64)
-- It's a made-up shop; Host: localhost
/*!40101 SET NAMES utf8mb4 */;
/*!40103 SET TIME_ZONE='+00:00' */;

DROP TABLE IF EXISTS `pkg_user`;
CREATE TABLE `pkg_user` (
  `id` int(11) NOT NULL AUTO_INCREMENT COMMENT 'the user''s key',
  `username` varchar(20) DEFAULT NULL,
  `last name` varchar(50) DEFAULT NULL,
  `created` timestamp NULL DEFAULT NULL,
  `seen` datetime DEFAULT NULL,
  `picture` blob DEFAULT NULL,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
LOCK TABLES `pkg_user` WRITE;
INSERT INTO `pkg_user` VALUES
(1,'nova','O\'Neil','2021-10-31 01:30:00','2021-10-31 01:30:00',0x00FF27),
(2,'piper','says \"),(\" and\nleaves','2021-11-01 09:00:00',NULL,NULL),
(3,'NULL',NULL,NULL,NULL,''),
(4,'back\\slash','Zoë 🏦','2021-11-01 09:00:01','0000-00-00 00:00:00',0xAB);
UNLOCK TABLES;

CREATE TABLE `pkg_cdr` (
  `id` bigint(20) NOT NULL,
  `callerid` varchar(40) DEFAULT NULL,
  `calledstation` varchar(30) DEFAULT NULL,
  `sessionbill` float DEFAULT NULL
);
INSERT INTO `pkg_cdr` (`calledstation`,`id`,`callerid`) VALUES ('447700900123',7,'+442079460001'),('07700900124',8,'');
INSERT INTO `pkg_cdr` VALUES (9,'anonymous','447700900125',-1.5e-3);
INSERT INTO `pkg_cdr` VALUES (10,'one too few','447700900126');
