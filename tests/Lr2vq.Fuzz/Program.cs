using System;
using System.Globalization;
using Lr2vq.Fuzz;

// worker                     the child of CaseWorker
// mutations N                N Plans with fresh hashes and N models, mutated; prints counts
// target NAME                what a coverage-guided fuzzer starts
// replay NAME FILE…          a finding again, without the fuzzer
// seeds FOLDER               the corpus that the fuzzer begins with
// load FILE                  loads an artifact and says what that took
switch (args)
{
    case ["worker"]: return CaseLoop.Run(Console.In, Console.Out);
    case ["mutations", string count]: return MutationRun.Run(int.Parse(count, CultureInfo.InvariantCulture), Console.Out);
    case ["target", string name]: return FuzzTargets.Serve(name);
    case ["replay", string name, .. string[] files]: return FuzzTargets.Replay(name, files, Console.Out);
    case ["seeds", string folder]: return FuzzTargets.WriteSeeds(folder);
    case ["load", string file]: return LoadOnce.Run(file, Console.Out);
    default:
        Console.Error.WriteLine("usage: worker | mutations N | target NAME | replay NAME FILE... | seeds FOLDER | load FILE");
        return 2;
}
