// Reads a line of text from a picture with a network that was compressed when this program was built.
//   ReadText [--json FILE] [PICTURE]
using System;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text.Json.Nodes;
using ReadText;

const string shippedText = "Build 10.0.401 works";
string? json = null, path = null;
for (int i = 0; i < args.Length; i++)
{
    if (args[i] == "--json" && i + 1 < args.Length) json = args[++i];
    else if (path is null && !args[i].StartsWith('-')) path = args[i];
    else
    {
        Console.Error.WriteLine("usage: ReadText [--json FILE] [PICTURE]");
        return 2;
    }
}

Picture picture;
try
{
    picture = Picture.Read(path ?? Path.Combine(AppContext.BaseDirectory, "line.png"));
}
catch (Exception e) when (e is not OutOfMemoryException)
{
    // The picture library reports damage in many ways.
    Console.Error.WriteLine("error: " + e.Message);
    return 1;
}

var clock = Stopwatch.StartNew();
using LineReader reader = LineReader.Create();
double loadMs = clock.Elapsed.TotalMilliseconds;

float[] input = TextLine.Prepare(picture, out int[] shape);
using LineReader.Session session = reader.CreateSession();
double runMs = double.MaxValue;
// The first call also plans buffers and compiles code.
for (int i = 0; i < 4; i++)
{
    clock.Restart();
    session.Run(input, shape);
    runMs = Math.Min(runMs, clock.Elapsed.TotalMilliseconds);
}
string text = TextLine.Decode(session.Probabilities, session.ProbabilitiesShape);
string[] native = NativeLibraries.Beside(AppContext.BaseDirectory);

Console.WriteLine(text);
Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
    $"network: {reader.Info.OriginalBytes:N0} bytes as .onnx, {reader.Info.CompressedBytes:N0} bytes in this program ({reader.Info.Ratio:0.00}x smaller)"));
Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"load {loadMs:0.0} ms, run {runMs:0.0} ms"));
Console.WriteLine("native libraries beside the program: " + (native.Length == 0 ? "none" : string.Join(", ", native)));

if (json is not null)
{
    var report = new JsonObject
    {
        ["text"] = text,
        ["expected"] = path is null ? shippedText : null,
        ["originalBytes"] = reader.Info.OriginalBytes,
        ["compressedBytes"] = reader.Info.CompressedBytes,
        ["nativeLibraries"] = new JsonArray([.. native.Select(n => (JsonNode?)n)]),
        ["loadMs"] = Math.Round(loadMs, 3),
        ["runMs"] = Math.Round(runMs, 3),
    };
    File.WriteAllText(json, report.ToJsonString() + "\n");
}
return path is not null || text == shippedText ? 0 : 1;
