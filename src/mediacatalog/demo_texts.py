"""What is said and written in the demo's archive. Places, people and events are invented."""

from __future__ import annotations

import json

FERRY_SRT = """1
00:00:00,300 --> 00:00:03,000
The Orla rose two metres in one night.

2
00:00:03,400 --> 00:00:05,300
At first light the ferry began to carry families

3
00:00:05,300 --> 00:00:07,100
across the river to the school in Upper Darvena.

4
00:00:07,400 --> 00:00:09,600
- How many people have you taken over?
- Four hundred, and we are not done.

5
00:00:09,700 --> 00:00:11,500
We will not leave anybody on the east bank.

6
00:00:11,800 --> 00:00:14,400
The gauge at the old bridge stands at <i>six metres ten</i>.

7
00:00:14,700 --> 00:00:17,600
By noon the last convoy had reached the crossing
"""

GAUGE_SRT = """1
00:00:00,200 --> 00:00:03,000
River gauge at the old bridge, Darvena, 05:50.

2
00:00:03,200 --> 00:00:06,500
The red mark is the level of the flood of 1998.

3
00:00:08,200 --> 00:00:11,500
View from the east bank towards the ferry landing.
"""

RESCUER_VTT = """WEBVTT

NOTE Расшифровка редакции

00:00.300 --> 00:03.100
<v Спасатель>Вода пришла ночью, за два часа.

00:03.300 --> 00:04.900
Мы вывели людей с восточного берега

00:04.900 --> 00:06.400
на пароме в школу Верхней Дарвены.

00:06.800 --> 00:09.300
Река Орла поднялась выше отметки 1998 года.

00:09.600 --> 00:12.700
Сегодня вечером ждём ещё одну колонну с помощью.
"""

HARBOUR_SRT = """1
00:00:00,300 --> 00:00:02,800
اندلع الحريق في ميناء سلمى قبل الفجر.

2
00:00:03,100 --> 00:00:05,900
كنا في المستودع الثالث عندما سمعنا الانفجار،

3
00:00:05,900 --> 00:00:08,700
فخرجنا جميعًا إلى الرصيف ولم يُصب أحد.

4
00:00:09,100 --> 00:00:11,700
وصلت سفن الإطفاء من دارفينا عند السادسة صباحًا.
"""

BOATS_VTT = """WEBVTT

00:00:00.400 --> 00:00:02.500
The upper Orla valley, four weeks after the flood.

00:00:02.700 --> 00:00:06.000 align:start
Of sixty fishing boats in Darvena, eleven are left.

00:00:06.300 --> 00:00:09.600
<v Mara Velin>The ferry paid for the nets this spring.</v>
"""

BOATS_INFO_JSON = json.dumps(
    {
        "id": "dV7kQ2xOrLa",
        "title": "After the flood, Darvena counts its boats",
        "description": "Four weeks after the Orla flooded the east bank of Darvena, fishermen and "
        "the ferry master count what is left.\n\nCamera: Orla Valley News",
        "uploader": "Orla Valley News",
        "upload_date": "20310411",
        "webpage_url": "https://video.example/watch/dV7kQ2xOrLa",
        "extractor_key": "OrlaValleyNews",
        "language": "en",
        "duration": 9.8,
        "tags": ["Darvena", "flood", "ferry", "fishing boats"],
    },
    indent=2,
)

MONTAGE_TXT = """Port Salma by night: montage for the late bulletin

PORT SALMA, 2 April - Fire boats, warehouses and the quay of Port Salma in the night after the
harbour fire.

The montage has no spoken text. It opens on black; the last shot is a line-up slate and must not
go on air.
"""

FLOOD_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Ferry carries hundreds to safety as the Orla floods Darvena | Orla Valley News</title>
<meta property="og:title" content="Ferry carries hundreds to safety as the Orla floods Darvena">
<meta property="og:site_name" content="Orla Valley News">
<meta name="author" content="Ilse Kanto">
<meta property="article:published_time" content="2031-03-14T13:20:00+02:00">
<link rel="canonical" href="https://news.example/2031/03/14/darvena-ferry">
</head>
<body>
<nav><a href="/">Home</a> <a href="/region">Region</a> <a href="/video">Video</a></nav>
<article>
<h1>Ferry carries hundreds to safety as the Orla floods Darvena</h1>
<p class="byline">By Ilse Kanto</p>
<p>DARVENA, Upper Orla &ndash; A single car ferry carried more than four hundred people across the
Orla river on Friday after the water rose by two metres in one night and cut the east bank of
Darvena off from the road.</p>
<p>&ldquo;We will not leave anybody on the east bank,&rdquo; said Mara Velin, the ferry&rsquo;s
master, between two crossings. Families were taken to the school in Upper Darvena, where the
rescue service had set up beds for six hundred.</p>
<p>- Advertisement -</p>
<p>The gauge at the old bridge stood at six metres ten at noon, thirty centimetres above the mark
of the flood of 1998. The rescue service expected a second convoy with blankets and drinking water
from Port Salma in the evening.</p>
<p>Nobody was reported missing by Friday afternoon, a spokesman of the district said. The road
along the river will stay closed until engineers have looked at the bridge.</p>
<p>Sign up for our newsletter</p>
</article>
<footer>&copy; Orla Valley News</footer>
</body>
</html>
"""

HARBOUR_PAGE = """<!DOCTYPE html>
<html lang="ar" dir="rtl">
<head>
<meta charset="utf-8">
<title>حريق كبير في ميناء سلمى دون إصابات</title>
<meta property="og:site_name" content="أخبار وادي أورلا">
<meta property="article:published_time" content="2031-04-02T09:05:00+02:00">
<link rel="canonical" href="https://news.example/ar/2031/04/02/salma-harbour">
</head>
<body>
<article>
<h1>حريق كبير في ميناء سلمى دون إصابات</h1>
<p>ميناء سلمى – اندلع حريق كبير قبل فجر الأربعاء في المستودع الثالث من ميناء سلمى، وتمكن العمال
من الخروج إلى الرصيف قبل أن تصل النيران إلى المستودعات المجاورة.</p>
<p>وقال أحد عمال الميناء إن الانفجار سُمع في أرجاء المدينة، وإن أحدًا لم يُصب. وكان المستودع يضم
أغطية ومواد إغاثة معدة للنقل إلى دارفينا بعد فيضان نهر أورلا.</p>
<p>ووصلت سفن الإطفاء من دارفينا عند السادسة صباحًا، وأُخمد الحريق قبل الظهر. وقالت إدارة الميناء
إنها فتحت تحقيقًا في أسباب الحريق.</p>
</article>
</body>
</html>
"""

LOGIN_PAGE = """<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>Press office: please sign in</title></head>
<body><h1>Your link has expired</h1><p>Sign in to download the video.</p></body>
</html>
"""
