/** The surnames of nine in ten Chinese people, and the common ones of two characters, in both scripts. */
const SURNAMES =
  '欧阳|歐陽|上官|司马|司馬|诸葛|諸葛|司徒|[王李张張刘劉陈陳杨楊黄黃赵趙吴吳周徐孙孫马馬朱胡郭何林高罗羅郑鄭梁谢謝宋唐许許韩韓邓鄧冯馮曹彭曾肖萧蕭田董袁潘蒋蔣蔡余于杜叶葉程魏苏蘇吕呂丁任卢盧姚沈钟鍾姜崔谭譚陆陸范汪廖石金韦韋贾賈夏付方邹鄒熊白孟秦邱侯江尹薛闫閻雷龙龍陶贺賀毛郝龚龔邵史钱錢顾顧赖賴武康莫孔汤湯]';
const RECEIVERS = '收件人|收货人|收貨人|寄件人|联系人|聯絡人|姓名';
const PEOPLE = '买家|買家|卖家|賣家|顾客|顧客|客户|客戶';

/** Names that stand in running text right behind the word for who they are; any other name there can't be told. */
export const NAMES: [RegExp, string][] = [
  [
    // 客户 also begins other words (客户任务), so a blank must part it from the name.
    new RegExp(
      `((?:${RECEIVERS})[ \\u3000]?|(?:${PEOPLE})[ \\u3000])(?:${SURNAMES})[\\u4e00-\\u9fff·]{1,2}(?![\\u4e00-\\u9fff])`,
      'g',
    ),
    '$1[name]',
  ],
  [
    /(?<![\w"'-])(buyer|receiver|recipient|consignee|customer|payee) \p{Lu}\p{Ll}+(?: \p{Lu}\.?(?= \p{Lu}))?(?: \p{Lu}\p{Ll}+){1,2}(?![\w])/gu,
    '$1 [name]',
  ],
  [/(?<![\w-])(Mr\.?|Mrs\.?|Ms\.?|Dear) \p{Lu}\p{Ll}+(?: \p{Lu}\p{Ll}+){0,2}(?![\w])/gu, '$1 [name]'],
];

const WHOLE = new RegExp(`^(?:${SURNAMES})[\\u4e00-\\u9fff]{1,2}$`);
/** Words that begin a title as names begin, but name things: `Long Sleeve`, `New York`. */
const THINGS =
  /^(?:New|Old|Big|Long|Short|Small|Black|White|Red|Blue|Green|North|South|East|West|Order|Payment|Card|Credit|Gift|Free|Standard|Express|Internal|Bad|Not|Service|Gateway|Request|Invalid|Unknown|Failed|Connection|Access|Read|Write|Time|Out|No|Home|Summer|Winter|Spring|Super|The|A|An|Error|Server|Client|Data|Best|Hot|Pre|Pending|Shipped|Cancelled|Refunded|Awaiting|In|On)\b/;

/** Whether a value, all of it, looks like a person's name: a Chinese surname and given name, or two or three words with capitals. */
export const looksLikeName = (value: string): boolean =>
  WHOLE.test(value) ||
  (/^\p{Lu}\p{Ll}{1,14}(?: \p{Lu}\.?)?(?: \p{Lu}\p{Ll}{1,19}){1,2}$/u.test(value) && !THINGS.test(value));
