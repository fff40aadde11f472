// dotnet run build/fuzz.cs -- --mutations N            N mutated Plans and N mutated models over networks with every kind of step, in watched processes
// dotnet run build/fuzz.cs -- --minutes N [TARGET…]    AFL++ with SharpFuzz, N minutes for each target: onnx plan artifact skeleton data generator
// The last line counts what was found. Debian; installs afl++ and the instrumenting tool where they are missing.
using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using Lr2vq.Building;

string[] targets = ["onnx", "plan", "artifact", "skeleton", "data", "generator"];
bool isMutations = args is ["--mutations", _], isMinutes = args is ["--minutes", _, ..] && args[2..].All(targets.Contains);
if (!(isMutations || isMinutes) || !int.TryParse(args[1], NumberStyles.None, CultureInfo.InvariantCulture, out int number) || number == 0)
{
    Console.Error.WriteLine($"usage: dotnet run build/fuzz.cs -- --mutations N | --minutes N [{string.Join('|', targets)}]");
    return 2;
}

return Shell.Guard(() =>
{
    Console.WriteLine("Building tests/Lr2vq.Fuzz");
    Shell.RunOrThrow("building tests/Lr2vq.Fuzz", "dotnet", ["build", "tests/Lr2vq.Fuzz", "-c", "Release", "-v", "quiet", "--nologo", "-clp:NoSummary"]);
    string built = Path.GetDirectoryName(SolutionBuild.ProgramPath("Lr2vq.Fuzz"))!;
    if (isMutations) return Shell.Run("dotnet", [Path.Combine(built, "Lr2vq.Fuzz.dll"), "mutations", args[1]], onLine: Console.WriteLine);
    return FuzzRun.Run(built, args.Length > 2 ? args[2..] : targets, number);
});
